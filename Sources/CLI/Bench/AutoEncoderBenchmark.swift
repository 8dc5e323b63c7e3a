import ArgumentParser
import Checkpoints
import Flux
import Foundation
import Imaging
import Layers
import Torch

extension BenchCommand {
    /// `atelier bench autoencoder`.
    struct AutoEncoderCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "autoencoder",
            abstract: "Time the autoencoder on a picture, whole or in bands.",
            discussion: """
                Encodes a square picture and decodes latents of its size with random float32 weights at the width of FLUX.1,
                and prints the seconds and the most memory the process held meanwhile, weights included.
                """)

        @Option(help: ArgumentHelp("Threads to use.", valueName: "n"))
        var threads: Int?

        @Option(help: ArgumentHelp("Side of the picture in pixels, a multiple of 16.", valueName: "n"))
        var side = 1024

        @Option(help: ArgumentHelp("Rows per band, 'auto' to choose by the size, or 'off' for the whole at once.", valueName: "n"))
        var bands = BandChoice.auto

        @Option(help: ArgumentHelp("encode, decode or both.", valueName: "name"))
        var part = Part.both

        @Flag(help: "Do the same without bands and print the largest difference.")
        var compare = false

        func validate() throws {
            guard (16...8192).contains(side), side.isMultiple(of: 16) else {
                throw ValidationError("--side is \(side); expected a multiple of 16 from 16 to 8192.")
            }
        }

        func run() throws {
            try Options.apply(threads: threads)
            let autoEncoder = try AutoEncoder(.flux, at: .random(seed: 0, dtype: .float32))
            let generator = try RandomGenerator(seed: 0)
            let latents = try Tensor.normal([1, 16, side / 8, side / 8], using: generator)
            let image = try Tensor.normal([1, 3, side, side], using: generator).clamped(min: -1, max: 1)
            print("\(side)x\(side), float32, \(TorchRuntime.threadCount) threads")
            if part != .decode { try measure("encode") { bands in try autoEncoder.moments(of: image, bands: bands) } }
            if part != .encode { try measure("decode") { bands in try autoEncoder.decode(latents, bands: bands) } }
        }

        private func measure(_ name: String, _ work: (RowBands?) throws -> Tensor) throws {
            let bands = bands.rowBands(side: side)
            let result = try timed("\(name), \(bands.map { "bands of \($0.height)" } ?? "whole")") { try work(bands) }
            guard compare, bands != nil else { return }
            let whole = try timed("\(name), whole") { try work(nil) }
            let difference = try (result - whole).abs().amax().item(), size = try whole.abs().amax().item()
            print(String(format: "  largest difference %.2g, of values up to %.2g", difference, size))
        }

        private func timed(_ name: String, _ work: () throws -> Tensor) throws -> Tensor {
            try PeakMemory.reset()
            let clock = ContinuousClock(), start = clock.now
            let result = try work()
            let seconds = (clock.now - start) / .seconds(1)
            print("  \(name): " + String(format: "%.1f s, %.2f GB", seconds, try Double(PeakMemory.bytes()) / 1e9))
            fflush(nil)
            return result
        }

        enum Part: String, ExpressibleByArgument, CaseIterable {
            case encode, decode, both
        }

        enum BandChoice: ExpressibleByArgument {
            case auto, off, rows(Int)

            init?(argument: String) {
                switch argument {
                case "auto": self = .auto
                case "off": self = .off
                default:
                    guard let height = Int(argument), height > 0 else { return nil }
                    self = .rows(height)
                }
            }

            func rowBands(side: Int) -> RowBands? {
                switch self {
                case .auto: .forPicture(PixelSize(width: side, height: side))
                case .off: nil
                case .rows(let height): RowBands(height: height)
                }
            }
        }
    }
}
