import Testing
import TestSupport
import Torch

@Suite struct RandomTests {
    /// The reference program's noise: `get_noise` of the sampler with a fresh generator.
    @Test(.enabled(if: Golden.isAvailable("sampling"), Golden.absence))
    func noiseEqualsPyTorchBitForBit() throws {
        let golden = try Golden("sampling").tensors("noise.safetensors")
        #expect(golden.keys.count == 16)
        for key in golden.keys {
            let expected = try golden[key]
            let noise = try draw(key)
            #expect(noise.dtype == expected.dtype)
            let shown = key.hasSuffix("tail2048") ? try headAndTail(noise, 2048) : noise
            try expectClose(shown, expected, .exact, key)
        }
    }

    /// Draws what a name such as `noise.n3.h32.w32.seed5.bf16` says; `n` is 1 where it is not named.
    private func draw(_ name: String) throws -> Tensor {
        let parts = name.split(separator: ".")
        func number(_ label: String) -> Int? {
            parts.lazy.filter { $0.hasPrefix(label) }.compactMap { Int($0.dropFirst(label.count)) }.first
        }
        let seed = try #require(number("seed")), height = try #require(number("h")), width = try #require(number("w"))
        return try .normal(
            [number("n") ?? 1, 16, 2 * ((height + 15) / 16), 2 * ((width + 15) / 16)],
            using: RandomGenerator(seed: UInt64(seed)), dtype: parts.contains("bf16") ? .bfloat16 : .float32)
    }

    private func headAndTail(_ x: Tensor, _ count: Int) throws -> Tensor {
        let flat = try x.flattened()
        return try .concatenated([flat.sliced(dim: 0, to: count), flat.sliced(dim: 0, from: -count)], dim: 0)
    }

    @Test func streamsDoNotDependOnOneAnother() throws {
        let a = try RandomGenerator(seed: 1), b = try RandomGenerator(seed: 1)
        let first = try Tensor.normal([8], using: a)
        _ = try Tensor.normal([100], using: RandomGenerator(seed: 2))
        try expectClose(.normal([8], using: b), first, .exact)
        #expect(try Tensor.normal([8], using: a).equal(first).allTrue() == false)
    }

    @Test func aStateTakenIsAStateToReturnTo() throws {
        let generator = try RandomGenerator(seed: 3)
        _ = try Tensor.normal([5], using: generator)
        let state = try generator.state()
        let first = try Tensor.normal([5], using: generator)
        try generator.restore(state)
        try expectClose(.normal([5], using: generator), first, .exact)
        try generator.reseed(3)
        #expect(try Tensor.normal([5], using: generator).equal(first).allTrue() == false)
    }

    @Test func otherDistributionsStayInTheirRanges() throws {
        let generator = try RandomGenerator(seed: 4)
        let uniform = try Tensor.uniform([1000], using: generator)
        #expect(try uniform.amin().item() >= 0 && uniform.amax().item() < 1)
        let whole = try Tensor.randomIntegers(in: -2..<3, [1000], using: generator).values(as: Int.self)
        #expect(Set(whole) == [-2, -1, 0, 1, 2])
        #expect(try Tensor.randomPermutation(50, using: generator).values(as: Int.self).sorted() == Array(0..<50))
        let weights = try Tensor([Float(0), 1, 0], shape: [3])
        #expect(try weights.multinomial(4, replacement: true, using: generator).values(as: Int.self) == [1, 1, 1, 1])
    }
}
