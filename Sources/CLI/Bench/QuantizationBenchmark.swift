import ArgumentParser
import Checkpoints
import Flux
import Foundation
import Generation
import Imaging
import Torch
import UNO

extension BenchCommand {
    /// `atelier bench quantization`: what fewer bits cost in likeness and time.
    struct QuantizationCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "quantization",
            abstract: "Compare weights in 8 bits with those of the file.",
            discussion: """
                Draws pictures of the small model with weights in int8 and float8 and prints how near they are to those with the
                file's bfloat16 weights (PSNR of the 8-bit pictures). Then runs a step at the width of FLUX.1-dev (1 double-stream and
                2 single-stream blocks, random weights) and prints the same for its velocity, bytes and seconds.
                """)

        @Option(help: ArgumentHelp("Model directory of UNO. Default: the model that comes with the program.", valueName: "dir"))
        var model: String?

        @Option(help: ArgumentHelp("Pictures of the model.", valueName: "n"))
        var count = 4

        @Option(help: ArgumentHelp("Arithmetic: bfloat16 or float32. Default: what 'generate' would take.", valueName: "type"))
        var dtype: BenchType?

        @Option(help: ArgumentHelp("Steps at real width to time; the least is printed. 0 leaves them out.", valueName: "n"))
        var repeats = 3

        @Option(help: ArgumentHelp("Threads to use.", valueName: "n"))
        var threads: Int?

        func validate() throws {
            guard (1...1000).contains(count), (0...1000).contains(repeats) else { throw ValidationError("--count and --repeats are numbers up to 1000.") }
        }

        func run() async throws {
            try Options.apply(threads: threads)
            let type = try dtype?.dtype ?? Placement(ExecutionOptions()).dtype
            try await comparePictures(type)
            if repeats > 0 { try withoutGradients { try compareSteps(type) } }
        }

        // MARK: pictures

        private func comparePictures(_ type: DType) async throws {
            let directory = try ChosenModel(model).directory
            print("Pictures of \(directory.path), \(count) seeds, \(type.rawValue) arithmetic; PSNR against the file's weights:")
            let expected = try await pictures(directory, type, .loaded)
            for form in [WeightForm.stored, .int8, .float8] {
                let ratios = try await zip(pictures(directory, type, form), expected).map(Self.ratio)
                let mean = ratios.reduce(0, +) / Double(ratios.count)
                print("  \(form.rawValue): " + (mean.isFinite ? String(format: "mean %.1f dB, least %.1f dB", mean, ratios.min() ?? 0) : "equal"))
                fflush(nil)
            }
        }

        private func pictures(_ directory: ModelDirectory, _ type: DType, _ form: WeightForm) async throws -> [PixelImage] {
            var options = ExecutionOptions()
            (options.device, options.type, options.weights) = (.cpu, type == .float32 ? .float32 : .bfloat16, form)
            let generator = UNOGenerator(directory, execution: options)
            var images: [PixelImage] = []
            for seed in 0..<count {
                var request = GenerationRequest(prompt: "a box toy to the right of a moon toy on the beach")
                request.seed = UInt64(seed)
                for try await event in generator.generate(request) { if case .finished(let result) = event { images.append(result.image) } }
            }
            return images
        }

        /// Peak signal to noise of 8-bit pixels, in dB.
        private static func ratio(_ a: PixelImage, _ b: PixelImage) -> Double {
            let squares = zip(a.pixels, b.pixels).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
            return 10 * log10(255 * 255 * Double(max(a.pixels.count, 1)) / squares)
        }

        // MARK: a step at real width

        private func compareSteps(_ type: DType) throws {
            // Few tokens: making numbers of codes is a larger share of their time.
            let workload = StepBenchmark.Case(name: "quantization", side: 256, referenceSides: [256])
            print("A step of \(workload.description), 1 + 2 blocks, \(type.rawValue) arithmetic; PSNR of the velocity against numbers:")
            var expected: Tensor?
            for storage in [WeightStorage.numbers, .stored, .int8, .float8] where storage != .stored || type == .float32 {
                // Numbers are those of bfloat16 everywhere, as in the files.
                let weights = try StepBenchmark.weights(1, 2, type, storage)
                let benchmark = try StepBenchmark(workload, transformer: weights.model, dtype: type)
                try releaseFreedMemory()
                try PeakMemory.reset()
                let before = try PeakMemory.bytes()
                try reusingMemory {
                    let first = try benchmark.step().output.to(.float32)
                    let seconds = try (0..<repeats).map { _ in try benchmark.step().seconds }.min() ?? 0
                    var line = String(
                        format: "  %@: weights %@ GiB, activations %@ GiB, step %.2f s", storage.rawValue,
                        MemoryPlan.gibibytes(weights.parameters.byteCount), MemoryPlan.gibibytes(try PeakMemory.bytes() - before), seconds)
                    if let expected { line += try ", " + Self.text(Self.ratio(first, expected)) }
                    expected = expected ?? first
                    print(line)
                    fflush(nil)
                }
            }
        }

        private static func text(_ ratio: Double) -> String { ratio.isFinite ? String(format: "%.1f dB", ratio) : "equal" }

        /// The same of tensors, whose peak is the largest magnitude.
        private static func ratio(_ a: Tensor, _ b: Tensor) throws -> Double {
            let error = try (a - b).square().mean().item(), peak = try b.abs().amax(Array(0..<b.rank)).item()
            return 10 * log10(peak * peak / error)
        }
    }
}
