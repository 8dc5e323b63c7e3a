public import Checkpoints
import Layers
public import Torch

/// The text half of CLIP.
///
/// Key names are those of Hugging Face's `CLIPTextModel` (`text_model.…`). Attention is causal; padding is not masked.
/// Source: arXiv 2103.00020; transformers, `modeling_clip`.
public struct CLIPTextEncoder {
    public let configuration: CLIPTextConfiguration
    let tokens, positions: Embedding
    let layers: [Layer]
    let finalNorm: LayerNorm

    /// What files of the whole CLIP model hold besides the text encoder.
    public static let ignoredKeys = [
        "vision_model.", "visual_projection.", "text_projection.", "logit_scale", "text_model.embeddings.position_ids",
    ]

    /// - Throws: the scope's load report lists wrong tensors.
    public init(_ configuration: CLIPTextConfiguration, at scope: ParameterScope) throws {
        self.configuration = configuration
        let scope = scope("text_model")
        tokens = try Embedding(configuration.vocabularySize, configuration.width, at: scope("embeddings")("token_embedding"))
        positions = try Embedding(configuration.positionCount, configuration.width, at: scope("embeddings")("position_embedding"))
        layers = try (0..<configuration.layerCount).map { try Layer(configuration, at: scope("encoder")("layers")($0)) }
        finalNorm = try LayerNorm(configuration.width, epsilon: configuration.epsilon, at: scope("final_layer_norm"))
    }

    /// What the encoder makes of a batch of texts.
    public struct Output {
        /// `[batch, tokens, width]`, after the final norm.
        public let hidden: Tensor
        /// The state of the first end-of-text token, `[batch, width]`; not projected.
        public let pooled: Tensor
    }

    /// - Parameter ids: `[batch, tokens]`, int64, at most `positionCount` tokens. The ends of texts are looked up in main
    ///   memory: where the ids are there, a GPU need not be waited for.
    public func callAsFunction(_ ids: Tensor) throws(TorchError) -> Output {
        try callAsFunction(ids, observe: nil)
    }

    /// The same, telling `observe` the states after the embedding (0) and after each layer (1, 2, …).
    package func callAsFunction(_ ids: Tensor, observe: ((Int, Tensor) -> Void)?) throws(TorchError) -> Output {
        let count = ids.shape[1]
        var states = try tokens(ids.to(positions.weight.device)) + positions.weight.narrowed(dim: 0, start: 0, count: count)
        observe?(0, states)
        for (index, layer) in layers.enumerated() {
            states = try layer(states)
            observe?(index + 1, states)
        }
        let hidden = try finalNorm(states)
        let rows = try endOfTextPositions(in: ids).enumerated().map { batch, position throws(TorchError) in
            try hidden.select(dim: 0, index: batch).select(dim: 0, index: position)
        }
        return try Output(hidden: hidden, pooled: Tensor.stacked(rows, dim: 0))
    }

    /// The first end-of-text token of each text; where the configuration carries the old wrong id 2, the largest id.
    private func endOfTextPositions(in ids: Tensor) throws(TorchError) -> [Int] {
        let count = ids.shape[1]
        let values = try ids.values(as: Int64.self)
        return stride(from: 0, to: values.count, by: count).map { start in
            let row = values[start..<start + count]
            let id = configuration.endOfTextID == 2 ? row.max() : Int64(configuration.endOfTextID)
            return (row.firstIndex { $0 == id } ?? start) - start
        }
    }

    /// Weights: `layer_norm1`, `self_attn`, `layer_norm2`, `mlp`.
    struct Layer {
        let norm1, norm2: LayerNorm
        let q, k, v, out, up, down: Linear
        let headCount: Int
        let activation: CLIPTextConfiguration.Activation

        init(_ configuration: CLIPTextConfiguration, at scope: ParameterScope) throws {
            let width = configuration.width
            norm1 = try LayerNorm(width, epsilon: configuration.epsilon, at: scope("layer_norm1"))
            norm2 = try LayerNorm(width, epsilon: configuration.epsilon, at: scope("layer_norm2"))
            let attention = scope("self_attn")
            q = try Linear(width, width, at: attention("q_proj"))
            k = try Linear(width, width, at: attention("k_proj"))
            v = try Linear(width, width, at: attention("v_proj"))
            out = try Linear(width, width, at: attention("out_proj"))
            up = try Linear(width, configuration.feedForwardWidth, at: scope("mlp")("fc1"))
            down = try Linear(configuration.feedForwardWidth, width, at: scope("mlp")("fc2"))
            headCount = configuration.headCount
            activation = configuration.activation
        }

        func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
            let h = try norm1(x)
            let attended = try Tensor.scaledDotProductAttention(heads(q(h)), heads(k(h)), heads(v(h)), isCausal: true)
            let x = try x + out(attended.transposed(1, 2).flattened(from: 2, to: 3))
            return try x + down(activated(up(norm2(x))))
        }

        private func heads(_ x: Tensor) throws(TorchError) -> Tensor {
            try x.reshaped([x.shape[0], x.shape[1], headCount, -1]).transposed(1, 2)
        }

        private func activated(_ x: Tensor) throws(TorchError) -> Tensor {
            switch activation {
            case .quickGELU: try x * (1.702 * x).sigmoid()
            case .gelu: try x.gelu(approximate: false)
            }
        }
    }
}
