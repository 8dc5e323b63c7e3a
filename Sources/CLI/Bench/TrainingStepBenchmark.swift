import ArgumentParser
import Flux
import Foundation

extension BenchCommand {
    /// `atelier bench training`: a training step of a model directory's transformer on random latents.
    struct TrainingCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "training",
            abstract: "Time a UNO training step of the mini model's transformer.",
            discussion: """
                Forward, backward, clipping and AdamW over all weights, for 32 examples of 16 text, 64 picture and 36 reference
                tokens. 'Benchmarks/compare --training' in the repository runs the same step against PyTorch, pair by pair.
                """)

        @OptionGroup var options: Options

        @Option(help: ArgumentHelp("Model directory that gives the sizes.", valueName: "folder"))
        var model = "Models/mini"

        @Option(help: ArgumentHelp("Examples of a step.", valueName: "n"))
        var batch = 32

        @Option(help: ArgumentHelp("Steps to time; the median is printed.", valueName: "n"))
        var repeats = 5

        @Flag(help: ArgumentHelp("One step per line 'step' on the standard input.", visibility: .hidden))
        var interactive = false

        func run() throws {
            try options.apply()
            guard (1...4096).contains(batch), repeats > 0 else { throw ValidationError("--batch and --repeats are numbers from 1.") }
            let workload = try TrainingWorkload(
                ModelDirectory(path: model).description.flux ?? .dev,
                .init(batch: batch, textTokens: 16, target: TokenGrid(rows: 8, columns: 8), reference: TokenGrid(rows: 6, columns: 6)),
                adapterRank: nil, recipe: TrainingWorkload.recipe(options.dtype, adapterRank: nil, recomputes: false))
            _ = try workload.step()
            if interactive {
                while let line = readLine() {
                    guard line == "step" else { throw ValidationError("expected 'step' on the standard input, got '\(line)'") }
                    Console.print(String(format: "{\"seconds\": %.4f}", try workload.step()))
                }
                return
            }
            let seconds = try (0..<repeats).map { _ in try workload.step() }.sorted()[repeats / 2]
            Console.print(String(format: "%.3f s a step, %.1f samples/s", seconds, Double(batch) / seconds))
        }
    }
}
