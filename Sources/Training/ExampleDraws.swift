import Foundation
package import Torch

/// The random numbers of each example, from the run's seed and the example's number alone.
///
/// No state is carried from step to step: a resumed run, and one split over several processes, draw what an uninterrupted
/// run of one process draws.
package struct ExampleDraws {
    let seed: UInt64
    /// Number of the batch's first example since the start of training, over all processes.
    let first: Int
    private let generator: RandomGenerator

    /// What a number is drawn for; each purpose has its own stream.
    enum Purpose: UInt64 {
        case timestep = 1, noise, targetPosterior, textDropout, guidance, latentNoise
        case referencePosterior = 100  // and one more for each further reference
        // Many numbers each.
        case subset = 1_000, grain = 2_000, window = 3_000, damage = 10_000
    }

    package init(seed: UInt64, first: Int) throws(TorchError) {
        self.seed = seed
        self.first = first
        generator = try RandomGenerator(seed: 0)
    }

    /// Normal numbers for each of `count` examples, `[count] + shape`, float32.
    func normal(_ shape: [Int], count: Int, _ purpose: Purpose, number: Int = 0) throws(TorchError) -> Tensor {
        var rows: [Tensor] = []
        for example in 0..<count {
            try generator.reseed(mixed(example, purpose, number))
            rows.append(try Tensor.normal(shape, using: generator))
        }
        return try Tensor.stacked(rows, dim: 0)
    }

    /// A number in 0..<1.
    func uniform(_ example: Int, _ purpose: Purpose, number: Int = 0) -> Double {
        Double(mixed(example, purpose, number) >> 11) / Double(1 << 53)
    }

    /// A normal number, by the method of Box and Muller.
    func normal(_ example: Int, _ purpose: Purpose, number: Int = 0) -> Double {
        let bits = mixed(example, purpose, number)
        let radius = (Double(bits >> 32) + 1) / Double(1 << 32), angle = Double(bits & 0xffff_ffff) / Double(1 << 32)
        return (-2 * log(radius)).squareRoot() * cos(2 * .pi * angle)
    }

    /// SplitMix64's finalizer over seed, example, purpose and number.
    private func mixed(_ example: Int, _ purpose: Purpose, _ number: Int) -> UInt64 {
        var x = seed
        for value in [UInt64(first + example), purpose.rawValue + UInt64(number)] {
            x = (x &+ 0x9E37_79B9_7F4A_7C15) ^ (value &* 0xD6E8_FEB8_6659_FD93)
            x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
            x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
            x ^= x >> 31
        }
        return x
    }
}
