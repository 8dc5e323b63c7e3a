import ArgumentParser
import Checkpoints
import Flux
import Foundation
import Generation
import Layers
import Torch
import Training
import UNO

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
            let benchmark = try TrainingStepBenchmark(
                ModelDirectory(path: model).description.flux ?? .dev, batch: batch, dtype: options.dtype.dtype)
            _ = try benchmark.step()
            if interactive {
                while let line = readLine() {
                    guard line == "step" else { throw ValidationError("expected 'step' on the standard input, got '\(line)'") }
                    Console.print(String(format: "{\"seconds\": %.4f}", try benchmark.step()))
                }
                return
            }
            let seconds = try (0..<repeats).map { _ in try benchmark.step() }.sorted()[repeats / 2]
            Console.print(String(format: "%.3f s a step, %.1f samples/s", seconds, Double(batch) / seconds))
        }
    }
}

/// A transformer with random weights, trained on random latents.
private struct TrainingStepBenchmark {
    private static let textTokenCount = 16
    private static let target = TokenGrid(rows: 8, columns: 8), reference = TokenGrid(rows: 6, columns: 6)

    private let transformer: FluxTransformer
    private let parameters: TrainedParameters
    private let inputs: FluxInputs
    private let clean, noise: Tensor
    private let dtype: DType

    init(_ configuration: FluxConfiguration, batch: Int, dtype: DType) throws {
        let scope = ParameterScope.random(seed: 0, dtype: dtype)
        transformer = try FluxTransformer(configuration, at: scope)
        let recipe = try TrainingRecipe(yaml: "model: none\noptimizer: {learning_rate: 1e-4}", name: "benchmark")
        parameters = try TrainedParameters(scope.parameters.parameters.map { ($0.path, $0.tensor) }, recipe.optimizer)
        let generator = try RandomGenerator(seed: 1)
        func normal(_ shape: [Int], _ dtype: DType) throws -> Tensor { try Tensor.normal(shape, using: generator).to(dtype) }
        inputs = try FluxInputs(
            txt: normal([batch, Self.textTokenCount, configuration.contextInDim], dtype), vec: normal([batch, configuration.vecInDim], dtype),
            references: [normal([batch, Self.reference.count, configuration.inChannels], dtype)],
            ids: UnoPE.positionIDs(textCount: Self.textTokenCount, target: Self.target, references: [Self.reference], variant: .d),
            timesteps: Tensor.uniform([1, batch], using: generator).to(dtype), guidance: Tensor.full([batch], 2.5, dtype: dtype))
        clean = try normal([batch, Self.target.count, configuration.inChannels], .float32)
        noise = try normal([batch, Self.target.count, configuration.inChannels], .float32)
        self.dtype = dtype
    }

    /// Seconds of one step.
    func step() throws -> Double {
        let clock = ContinuousClock(), start = clock.now
        let t = try inputs.timesteps.to(.float32).reshaped([-1, 1, 1])
        let noisy = try ((1 - t) * clean + t * noise).to(dtype)
        let velocity = try transformer(noisy, transformer.conditioning(inputs), step: 0)
        try (velocity.to(.float32) - (noise - clean)).square().mean().backward()
        _ = try parameters.update(step: 1, learningRate: 1e-4)
        return (clock.now - start) / .seconds(1)
    }
}
