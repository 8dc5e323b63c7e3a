import Checkpoints
import Flux
import Generation
import Layers
import Torch
import Training
import UNO

/// A transformer with random weights, trained on random latents: whole, or by an adapter over it.
struct TrainingWorkload {
    /// What a step sees.
    struct Sizes {
        let batch, textTokens: Int
        let target, reference: TokenGrid

        /// Tokens of one example.
        var tokenCount: Int { textTokens + target.count + reference.count }
    }

    /// Values of the transformer.
    let parameterCount: Int
    /// Values in training.
    var trainedCount: Int { parameters.count }
    private let transformer: FluxTransformer
    private let parameters: TrainedParameters
    private let inputs: FluxInputs
    private let clean, noise: Tensor
    private let dtype: DType
    private let recomputes: Bool

    static func recipe(_ type: BenchCommand.BenchType, adapterRank: Int?, recomputes: Bool) throws -> TrainingRecipe {
        try TrainingRecipe(
            yaml: """
                model: none
                train: [\(adapterRank == nil ? "transformer" : "adapter")]
                precision: \(type.rawValue)
                gradient_checkpointing: \(recomputes)
                optimizer: {learning_rate: 1e-4}
                """, name: "benchmark")
    }

    /// - Parameter adapterRank: nil to train all weights.
    init(_ configuration: FluxConfiguration, _ sizes: Sizes, adapterRank: Int?, recipe: TrainingRecipe) throws {
        let dtype: DType = recipe.precision == .float32 ? .float32 : .bfloat16
        let scope = ParameterScope.random(seed: 0, dtype: dtype)
        transformer = try FluxTransformer(configuration, at: scope)
        parameterCount = scope.parameters.count
        let generator = try RandomGenerator(seed: 1)
        func normal(_ shape: [Int], _ dtype: DType) throws -> Tensor { try Tensor.normal(shape, using: generator).to(dtype) }
        var weights = scope.parameters.parameters.map { (name: $0.path, tensor: $0.tensor) }
        if let adapterRank {
            weights = try ProcessorAdapterKeys.shapes(for: configuration, rank: adapterRank).map { ($0, try normal($1, dtype) / Double(adapterRank)) }
            let adapters = try ProcessorAdapterKeys.adapters(in: TensorTable(weights), configuration: configuration, weight: 1, dtype: dtype)
            for (path, module) in scope.parameters.modules {
                if let weight = module as? AdaptableWeight, let adapter = adapters[path] { try weight.attach([adapter], as: .beside) }
            }
        }
        parameters = try TrainedParameters(weights, recipe.optimizer)
        let batch = sizes.batch, channels = configuration.inChannels
        inputs = try FluxInputs(
            txt: normal([batch, sizes.textTokens, configuration.contextInDim], dtype), vec: normal([batch, configuration.vecInDim], dtype),
            references: [normal([batch, sizes.reference.count, channels], dtype)],
            ids: UnoPE.positionIDs(textCount: sizes.textTokens, target: sizes.target, references: [sizes.reference], variant: .d),
            timesteps: Tensor.uniform([1, batch], using: generator).to(dtype), guidance: Tensor.full([batch], 2.5, dtype: dtype))
        clean = try normal([batch, sizes.target.count, channels], .float32)
        noise = try normal([batch, sizes.target.count, channels], .float32)
        self.dtype = dtype
        recomputes = recipe.recomputes
        // Without gradients, so nothing moves; but from here on the moments' memory is in use, as in every later step.
        _ = try parameters.update(step: 1, learningRate: 0)
    }

    /// Seconds of one step.
    func step() throws -> Double {
        let clock = ContinuousClock(), start = clock.now
        let t = try inputs.timesteps.to(.float32).reshaped([-1, 1, 1])
        let noisy = try ((1 - t) * clean + t * noise).to(dtype), conditioning = try transformer.conditioning(inputs)
        let velocity = recomputes ? try transformer.recomputed(noisy, conditioning) : try transformer(noisy, conditioning, step: 0)
        try (velocity.to(.float32) - (noise - clean)).square().mean().backward()
        _ = try parameters.update(step: 1, learningRate: 1e-4)
        return (clock.now - start) / .seconds(1)
    }
}
