public import Checkpoints
import Layers
public import Torch

/// The encoder of T5 v1.1.
///
/// Key names are those of Hugging Face's `T5EncoderModel`. No attention mask is used: padding takes part, as in FLUX.
/// Source: arXiv 1910.10683 and 2002.05202; transformers, `modeling_t5`.
public struct T5Encoder {
    public let configuration: T5Configuration
    let embedding: Embedding
    let relativeBias: RelativeAttentionBias
    let blocks: [Block]
    let finalNorm: T5Norm

    /// Keys that real files add and that say nothing new: a second name of `shared.weight`.
    public static let ignoredKeys = ["encoder.embed_tokens.weight"]

    /// Beginnings of the keys of the linear layers' weights, which are nearly all of the encoder and may be kept in fewer bits.
    public static let codedLayers = ["encoder.block."]

    /// The embedding table's key.
    static let tableKey = "shared.weight"

    /// - Throws: the scope's load report lists wrong tensors.
    public init(_ configuration: T5Configuration, at scope: ParameterScope) throws {
        self.configuration = configuration
        embedding = try Embedding(configuration.vocabularySize, configuration.modelWidth, at: scope("shared"))
        let block = scope("encoder")("block")
        relativeBias = try RelativeAttentionBias(
            configuration, at: block(0)("layer")(0)("SelfAttention")("relative_attention_bias"))
        blocks = try (0..<configuration.layerCount).map { try Block(configuration, at: block($0)) }
        finalNorm = try T5Norm(configuration.modelWidth, epsilon: configuration.epsilon, at: scope("encoder")("final_layer_norm"))
    }

    /// - Parameter ids: `[batch, tokens]`, int64.
    /// - Returns: `[batch, tokens, modelWidth]`.
    public func callAsFunction(_ ids: Tensor) throws(TorchError) -> Tensor {
        try callAsFunction(ids, observe: nil)
    }

    /// The same, telling `observe` the states: after the embedding (0) and after each block but the last (1, 2, …); the last is the result.
    package func callAsFunction(_ ids: Tensor, observe: ((Int, Tensor) -> Void)?) throws(TorchError) -> Tensor {
        var states = try embedding(ids)
        observe?(0, states)
        let bias = try positionBias(tokens: ids.shape[1]).to(states.dtype)
        for (index, block) in blocks.enumerated() {
            states = try block(states, bias: bias)
            if index < blocks.count - 1 { observe?(index + 1, states) }
        }
        return try finalNorm(states)
    }

    /// Bias of every pair of positions, shared by all blocks, `[1, heads, tokens, tokens]`.
    package func positionBias(tokens: Int) throws(TorchError) -> Tensor {
        try relativeBias(tokens: tokens)
    }

    /// Attention, then feed-forward, each after a norm and beside a residual connection. Weights: `layer.0`, `layer.1`.
    struct Block {
        let attentionNorm, feedForwardNorm: T5Norm
        let attention: T5Attention
        let feedForward: FeedForward

        init(_ configuration: T5Configuration, at scope: ParameterScope) throws {
            let layers = scope("layer")
            attentionNorm = try T5Norm(configuration.modelWidth, epsilon: configuration.epsilon, at: layers(0)("layer_norm"))
            attention = try T5Attention(configuration, at: layers(0)("SelfAttention"))
            feedForwardNorm = try T5Norm(configuration.modelWidth, epsilon: configuration.epsilon, at: layers(1)("layer_norm"))
            feedForward = try FeedForward(configuration, at: layers(1)("DenseReluDense"))
        }

        func callAsFunction(_ x: Tensor, bias: Tensor) throws(TorchError) -> Tensor {
            let x = try x + attention(attentionNorm(x), bias: bias)
            return try x + feedForward(feedForwardNorm(x))
        }
    }

    /// `wo(gelu(wi_0 x) · wi_1 x)`.
    struct FeedForward {
        let gate, up, down: Linear

        init(_ configuration: T5Configuration, at scope: ParameterScope) throws {
            gate = try Linear(configuration.modelWidth, configuration.feedForwardWidth, bias: false, at: scope("wi_0"))
            up = try Linear(configuration.modelWidth, configuration.feedForwardWidth, bias: false, at: scope("wi_1"))
            down = try Linear(configuration.feedForwardWidth, configuration.modelWidth, bias: false, at: scope("wo"))
        }

        func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
            try down(t5GELU(gate(x)) * up(x))
        }
    }
}

/// GELU by its formula: transformers' `gelu_new` is written out, so each of its steps rounds in bfloat16.
private func t5GELU(_ x: Tensor) throws(TorchError) -> Tensor {
    guard x.dtype != .float32 else { return try x.gelu() }
    let inner = try 0.7978845608028654 * (x + 0.044715 * x.pow(3))
    return try 0.5 * x * (1 + inner.tanh())
}
