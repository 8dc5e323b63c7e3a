import ArgumentParser
import Checkpoints
import Flux
import Foundation
import Generation
import Imaging
import Torch

extension BenchCommand {
    /// `atelier bench memory-limit`: a picture at real width inside a memory limit.
    struct MemoryLimitCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "memory-limit",
            abstract: "Draw with 12 billion parameters inside a memory limit.",
            discussion: """
                Plans a picture for the limit and draws it as the plan says, with random weights: T5-XXL and CLIP-L, the
                autoencoder on a reference, all 19 + 38 blocks of FLUX.1-dev, the decoder. Each network is made matrix by matrix in
                the form that the plan keeps it in, and dropped where the plan drops it. Prints the most memory that the process
                held in each stage beside what was planned. Takes minutes.
                """)

        @Option(help: ArgumentHelp("GiB that may be used.", valueName: "gib"))
        var limit = 20.0

        @Option(help: ArgumentHelp("Side of the picture in pixels, a multiple of 16.", valueName: "n"))
        var side = 256

        @Option(help: ArgumentHelp("Side of the reference in pixels, a multiple of 16; 0 for none.", valueName: "n"))
        var reference = 256

        @Option(help: ArgumentHelp("Denoising steps.", valueName: "n"))
        var steps = 2

        @Option(help: ArgumentHelp("Double-stream blocks, 1 to 19.", valueName: "n"))
        var double = 19

        @Option(help: ArgumentHelp("Single-stream blocks, 1 to 38.", valueName: "n"))
        var single = 38

        @Option(help: ArgumentHelp("Arithmetic: bfloat16 or float32. Default: what 'generate' would take.", valueName: "type"))
        var dtype: BenchType?

        @Option(help: ArgumentHelp("Bits of the weights, int8 or float8. Default: what the plan chooses.", valueName: "form"))
        var weights: WeightForm?

        @Option(help: ArgumentHelp("Threads to use.", valueName: "n"))
        var threads: Int?

        func validate() throws {
            guard limit > 0, limit <= 65_536 else { throw ValidationError("--limit is \(limit); expected GiB, more than 0.") }
            for (name, value, least) in [("side", side, 16), ("reference", reference, 0)]
            where !(least...4096).contains(value) || !value.isMultiple(of: 16) {
                throw ValidationError("--\(name) is \(value); expected a multiple of 16 from \(least) to 4096.")
            }
            for (name, value, most) in [("steps", steps, 1000), ("double", double, 19), ("single", single, 38)] where !(1...most).contains(value) {
                throw ValidationError("--\(name) is \(value); expected 1 to \(most).")
            }
        }

        func run() throws {
            try Options.apply(threads: threads)
            let type = try dtype?.dtype ?? Placement(ExecutionOptions()).dtype
            let flux = FluxConfiguration.dev.with { ($0.depth, $0.singleDepth) = (double, single) }
            let sizes = PictureSizes(
                picture: PixelSize(width: side, height: side), targetTokens: side * side / 256,
                referenceAreas: reference == 0 ? [] : [reference * reference], stepCount: steps)
            let workload = try MemoryLimitWorkload(flux, sizes, dtype: type)
            let plan = try workload.plan(limit: Int(limit * Double(1 << 30)), form: weights)
            print("\(double) + \(single) blocks, \(side)x\(side), \(steps) steps, \(type.rawValue) arithmetic, \(TorchRuntime.threadCount) threads")
            plan.lines.forEach { print($0) }
            fflush(nil)
            try withoutGradients { try workload.draw(plan, report: report) }
        }

        private func report(_ stage: MemoryLimitWorkload.Measured) {
            print(String(
                format: "%@: at most %@ GiB, planned %@; %.1f s to make, %.1f s to compute%@", stage.stage.description,
                MemoryPlan.gibibytes(stage.peak), MemoryPlan.gibibytes(stage.planned), stage.loading, stage.computing, stage.remark))
            fflush(nil)
        }
    }
}
