import ArgumentParser
import Flux
import Foundation
import Training

extension BenchCommand {
    /// `atelier bench training-memory`: what a training step takes, beside what a dry run says it takes.
    struct TrainingMemoryCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "training-memory",
            abstract: "Measure the memory of a training step beside its estimate.",
            discussion: """
                Runs one step with gradient checkpointing and one without, on random weights and latents, and prints the most
                memory that each held, without the program itself, and what 'train --dry-run' would say. By default an adapter of
                rank 512 on 1 double-stream and 2 single-stream blocks of FLUX.1-dev's width, with 512 text tokens, a 512-px
                picture and a 512-px reference.
                """)

        @OptionGroup var options: Options

        @Option(help: ArgumentHelp("Model directory that gives the sizes, instead of FLUX.1-dev's.", valueName: "folder"))
        var model: String?

        @Option(help: ArgumentHelp("Rank of the adapter; 0 trains all weights.", valueName: "n"))
        var rank = 512

        @Option(help: ArgumentHelp("Examples of a step.", valueName: "n"))
        var batch = 1

        @Option(help: ArgumentHelp("Side of the picture in pixels.", valueName: "n"))
        var side = 512

        @Option(help: ArgumentHelp("Side of the reference in pixels.", valueName: "n"))
        var reference = 512

        @Option(help: ArgumentHelp("Text tokens.", valueName: "n"))
        var textTokens = 512

        @Option(help: ArgumentHelp("Gradient checkpointing, on or off. Default: a step with each.", valueName: "on|off"))
        var checkpointing: Checkpointing?

        enum Checkpointing: String, ExpressibleByArgument, CaseIterable { case on, off }

        func validate() throws {
            for (name, value, limit) in [("rank", rank, 0...4096), ("batch", batch, 1...1024), ("text-tokens", textTokens, 2...4096)]
            where !limit.contains(value) {
                throw ValidationError("--\(name) is \(value); expected \(limit.lowerBound) to \(limit.upperBound).")
            }
            for (name, value) in [("side", side), ("reference", reference)] where !(16...4096).contains(value) {
                throw ValidationError("--\(name) is \(value); expected 16 to 4096 pixels.")
            }
        }

        func run() throws {
            guard let checkpointing else {
                // Memory that one step has freed would serve the next, so each has a process of its own.
                for choice in Checkpointing.allCases { try Self.run(choice) }
                return
            }
            try options.apply()
            let description = try model.map { try ModelDirectory(path: $0).description }
            let flux = description.map { $0.flux ?? .dev } ?? FluxConfiguration.dev.with { ($0.depth, $0.singleDepth) = (1, 2) }
            let autoEncoder = description?.autoencoder ?? .flux, step = autoEncoder.pixelsPerToken
            func grid(_ side: Int) -> TokenGrid { TokenGrid(rows: side / step, columns: side / step) }
            let sizes = TrainingWorkload.Sizes(batch: batch, textTokens: textTokens, target: grid(side), reference: grid(reference))
            Console.print(
                "\(flux.depth) + \(flux.singleDepth) blocks of width \(flux.hiddenSize), " + (rank == 0 ? "all weights" : "an adapter of rank \(rank)")
                    + ", \(batch) x \(sizes.tokenCount) tokens, \(options.dtype.rawValue), checkpointing \(checkpointing.rawValue)")
            try measure(flux, autoEncoder, sizes, recomputes: checkpointing == .on)
        }

        private static func run(_ choice: Checkpointing) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            process.arguments = CommandLine.arguments.dropFirst() + ["--checkpointing", choice.rawValue]
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
        }

        private func measure(_ flux: FluxConfiguration, _ autoEncoder: AutoEncoderConfiguration, _ sizes: TrainingWorkload.Sizes, recomputes: Bool) throws {
            let rank = rank == 0 ? nil : rank, recipe = try TrainingWorkload.recipe(options.dtype, adapterRank: rank, recomputes: recomputes)
            try Self.warmUp(recipe)
            try PeakMemory.reset()
            let before = try PeakMemory.bytes()
            let workload = try TrainingWorkload(flux, sizes, adapterRank: rank, recipe: recipe)
            let seconds = try workload.step()
            let measured = Double(try PeakMemory.bytes() - before) / Double(1 << 30)
            let estimate = MemoryEstimate(
                recipe, flux: flux, autoEncoder: autoEncoder, counts: [.flux: workload.parameterCount], trainedCount: workload.trainedCount,
                adapterRank: rank ?? 0, batch: .init(exampleCount: sizes.batch, tokenCount: sizes.tokenCount, pixelCount: 0))
            Console.print(String(
                format: "  measured %.2f GiB, estimated %.2f (weights %.2f, gradients %.2f, optimizer %.2f, activations %.2f), ratio %.2f; %.1f s",
                measured, estimate.total, estimate.weights, estimate.gradients, estimate.optimizer, estimate.activations,
                estimate.total / measured, seconds))
        }

        /// A step of a transformer of no size: what libraries set up for themselves is part of the program.
        private static func warmUp(_ recipe: TrainingRecipe) throws {
            let tiny = FluxConfiguration.dev.with {
                ($0.inChannels, $0.vecInDim, $0.contextInDim, $0.hiddenSize, $0.headCount, $0.axesDim) = (16, 16, 16, 64, 2, [8, 12, 12])
                ($0.depth, $0.singleDepth) = (1, 1)
            }
            let grid = TokenGrid(rows: 4, columns: 4)
            _ = try TrainingWorkload(tiny, .init(batch: 2, textTokens: 8, target: grid, reference: grid), adapterRank: nil, recipe: recipe).step()
        }
    }
}
