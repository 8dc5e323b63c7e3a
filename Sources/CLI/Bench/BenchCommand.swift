import ArgumentParser
import Checkpoints
import Flux
import Foundation
import Torch

/// `atelier bench`: how fast this machine is, and how near to its limit.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure a denoising step at real width.",
        discussion: """
            Times one step with random bfloat16 weights at the width of FLUX.1-dev (1 double-stream and 2 single-stream
            blocks of 57) and prints seconds, TFLOP/s and the share of the machine's matrix-product rate measured in the same run.
            UNO: case a is 512x512 with two 320-px references, case b 1024x1024 with one 512-px reference; 512 text tokens each.
            USO: case uso is case b with two style pictures, 384 tokens more, which are made once per picture and not per step.
            DreamO: case dreamo is 1024x1024 with a face and a garment of 512x512 pixels each.
            'Benchmarks/compare' in the repository runs the same against PyTorch with diffusers.
            """,
        subcommands: [
            StepCommand.self, FullWidthCommand.self, AutoEncoderCommand.self, QuantizationCommand.self, MemoryLimitCommand.self,
            TrainingCommand.self, TrainingMemoryCommand.self,
        ],
        defaultSubcommand: StepCommand.self)

    /// Options of all benchmarks.
    struct Options: ParsableArguments {
        @Option(help: ArgumentHelp("Threads to use.", valueName: "n"))
        var threads: Int?

        @Option(help: ArgumentHelp("Arithmetic: bfloat16 or float32.", valueName: "type"))
        var dtype: BenchType = .bfloat16

        func apply() throws { try Self.apply(threads: threads) }

        static func apply(threads: Int?) throws {
            guard let threads else { return }
            guard (1...1024).contains(threads) else { throw ValidationError("--threads is \(threads); expected 1 to 1024.") }
            TorchRuntime.threadCount = threads
        }
    }

    enum BenchType: String, ExpressibleByArgument, CaseIterable {
        case bfloat16, float32

        var dtype: DType { self == .bfloat16 ? .bfloat16 : .float32 }
    }
}

extension BenchCommand {
    /// `atelier bench step`, the default.
    struct StepCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "step", abstract: "Time a denoising step (the default).")

        @OptionGroup var options: Options

        @Option(name: .customLong("case"), help: ArgumentHelp("a, b, uso, dreamo, or all.", valueName: "name"))
        var workload = "all"

        @Option(help: ArgumentHelp("Steps to time; the median is printed.", valueName: "n"))
        var repeats = 5

        @Flag(help: "Print one JSON object per case.")
        var json = false

        @Flag(help: ArgumentHelp("Load once, then time one step for each line on standard input.", visibility: .hidden))
        var interactive = false

        func validate() throws {
            guard workload == "all" || StepBenchmark.Case.all.contains(where: { $0.name == workload }) else {
                throw ValidationError("--case is '\(workload)'; expected a, b, uso, dreamo or all.")
            }
            guard (1...1000).contains(repeats) else { throw ValidationError("--repeats is \(repeats); expected 1 to 1000.") }
        }

        func run() throws {
            try options.apply()
            let cases = StepBenchmark.Case.all.filter { workload == "all" || $0.name == workload }
            for workload in cases {
                let benchmark = try StepBenchmark(workload, depth: 1, singleDepth: 2, dtype: options.dtype.dtype)
                // As around the steps of a picture.
                try reusingMemory {
                    _ = try benchmark.step()
                    try interactive ? serve(benchmark, workload) : measure(benchmark, workload)
                }
            }
        }

        private func serve(_ benchmark: StepBenchmark, _ workload: StepBenchmark.Case) throws {
            while readLine() != nil {
                print("{\"case\":\"\(workload.name)\",\"seconds\":\(try benchmark.step().seconds)}")
                fflush(nil)
            }
        }

        private func measure(_ benchmark: StepBenchmark, _ workload: StepBenchmark.Case) throws {
            let times = try (0..<repeats).map { _ in try benchmark.step().seconds }.sorted()
            let peak = try StepBenchmark.matmulPeak(dtype: options.dtype.dtype)
            let median = times[times.count / 2]
            let rate = benchmark.operationCount / median
            if json {
                print("{\"case\":\"\(workload.name)\",\"seconds\":\(median),\"min\":\(times[0]),\"max\":\(times[times.count - 1]),"
                    + "\"tflops\":\(rate / 1e12),\"peak_tflops\":\(peak / 1e12),\"tokens\":\(benchmark.tokenCount)}")
                return
            }
            print("case \(workload.name): \(workload.description), \(benchmark.tokenCount) tokens, \(options.dtype.rawValue), \(TorchRuntime.threadCount) threads")
            print(String(
                format: "  step %.3f s (%.3f to %.3f, %d runs)   %.3f TFLOP/s   %.0f %% of the matmul rate %.3f TFLOP/s",
                median, times[0], times[times.count - 1], repeats, rate / 1e12, 100 * rate / peak, peak / 1e12))
        }
    }

    /// `atelier bench full-width`.
    struct FullWidthCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "full-width",
            abstract: "Build all 12 billion parameters with random weights and run some blocks.",
            discussion: """
                Builds the whole FLUX.1-dev transformer with random bfloat16 weights (large tensors share one block of random
                numbers, so that it fits into memory), then runs a step of 512x512 with two 320-px references through
                as many blocks as asked, at real width.
                """)

        @OptionGroup var options: Options

        @Option(help: ArgumentHelp("Double-stream blocks to run, 1 to 19.", valueName: "n"))
        var double = 2

        @Option(help: ArgumentHelp("Single-stream blocks to run, 1 to 38.", valueName: "n"))
        var single = 4

        func validate() throws {
            guard (1...19).contains(double) else { throw ValidationError("--double is \(double); expected 1 to 19.") }
            guard (1...38).contains(single) else { throw ValidationError("--single is \(single); expected 1 to 38.") }
        }

        func run() throws {
            try options.apply()
            let clock = ContinuousClock(), start = clock.now
            let scope = ParameterScope.random(seed: 0, dtype: options.dtype.dtype, sharesMemory: true)
            let transformer = try FluxTransformer(.dev, at: scope)
            print("built \(scope.parameters.count.formatted()) parameters in \(String(format: "%.1f", (clock.now - start) / .seconds(1))) s")
            let benchmark = try StepBenchmark(.all[0], transformer: transformer.truncated(double: double, single: single), dtype: options.dtype.dtype)
            let (seconds, output) = try benchmark.step()
            let finite = try output.isFinite().allTrue()
            print(String(
                format: "ran %d double and %d single blocks at hidden size %d, %d tokens: %.2f s a step, output %@, %@",
                double, single, benchmark.configuration.hiddenSize, benchmark.tokenCount, seconds, "\(output.shape)",
                finite ? "all finite" : "NOT FINITE"))
            if !finite { throw ExitCode.failure }
        }
    }
}
