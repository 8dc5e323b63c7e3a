package import Checkpoints
package import Flux
import Layers
package import Torch

/// Turns hidden states of SigLIP from three depths into style tokens of the transformer's width.
///
/// Keys: `feature_embedder.{high,mid,low}_{embedding_linear.0,layer_norm,projection}`, in `projector.safetensors`.
/// Source: USO (arXiv 2508.18966), modules/layers, `SigLIPMultiFeatProjModel`.
package struct StyleProjector {
    package let configuration: StyleConfiguration
    /// High, mid and low, in the order of their tokens.
    let levels: [Level]

    /// - Parameter hiddenSize: the transformer's width.
    package init(_ configuration: StyleConfiguration, hiddenSize: Int, at scope: ParameterScope) throws {
        self.configuration = configuration
        levels = try ["high", "mid", "low"].map { try Level(configuration, hiddenSize, name: $0, at: scope("feature_embedder")) }
    }

    /// - Parameter states: one of SigLIP's hidden states per level, high first, each `[batch, siglipTokens, siglipWidth]`.
    /// - Returns: `[batch, 3 · tokens, hidden]`, in the projector's dtype.
    package func callAsFunction(_ states: [Tensor]) throws(TorchError) -> Tensor {
        try callAsFunction(states, observe: nil)
    }

    /// The same, telling `observe` the name and value of what happens within a level.
    package func callAsFunction(_ states: [Tensor], observe: ((String, Tensor) -> Void)?) throws(TorchError) -> Tensor {
        precondition(states.count == levels.count, "The projector reads \(levels.count) hidden states, not \(states.count).")
        let tokens = try zip(levels, states).map { level, state throws(TorchError) in try level(state, observe: observe) }
        return try Tensor.concatenated(tokens, dim: 1)
    }

    /// The layers for one depth.
    struct Level {
        let name: String
        let mixing, projection: Linear
        let norm: LayerNorm

        init(_ configuration: StyleConfiguration, _ hiddenSize: Int, name: String, at scope: ParameterScope) throws {
            self.name = name
            mixing = try Linear(configuration.siglipTokenCount, configuration.tokenCount, at: scope("\(name)_embedding_linear")(0))
            // PyTorch's own epsilon, ten times that of SigLIP's and the transformer's norms.
            norm = try LayerNorm(configuration.siglipWidth, epsilon: 1e-5, at: scope("\(name)_layer_norm"))
            projection = try Linear(configuration.siglipWidth, hiddenSize, at: scope("\(name)_projection"))
        }

        /// Mixes along the tokens, so that fewer remain, then projects each of them.
        func callAsFunction(_ state: Tensor, observe: ((String, Tensor) -> Void)?) throws(TorchError) -> Tensor {
            let mixed = try mixing(state.to(norm.weight.dtype).transposed(1, 2)).silu().transposed(1, 2)
            observe?("\(name).after_token_mixing", mixed)
            let normalized = try norm(mixed)
            observe?("\(name).after_norm", normalized)
            return try projection(normalized)
        }
    }
}
