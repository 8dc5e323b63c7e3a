public import Checkpoints
package import Layers
public import Torch

/// Chameleon's language model: a decoder over text and picture tokens alike.
///
/// Key names are those of Hugging Face's `ChameleonForConditionalGeneration` (`model.…`, `lm_head`).
/// Source: arXiv 2405.09818; transformers 4.43, `modeling_chameleon`.
public struct ChameleonModel {
    public let configuration: ChameleonConfiguration
    let embedTokens: Embedding
    package let layers: [ChameleonLayer]
    let norm: RMSNorm
    let head: Linear
    /// Ids whose logits are the lowest number; nil for none.
    private let masked: Tensor?

    /// - Throws: the scope's load report lists wrong tensors.
    public init(_ configuration: ChameleonConfiguration, at scope: ParameterScope) throws {
        self.configuration = configuration
        let model = scope("model")
        embedTokens = try Embedding(configuration.vocabularySize, configuration.hiddenSize, at: model("embed_tokens"))
        layers = try (0..<configuration.layerCount).map { try ChameleonLayer(configuration, index: $0, at: model("layers")($0)) }
        norm = try RMSNorm(configuration.hiddenSize, epsilon: configuration.epsilon, at: model("norm"))
        head = try Linear(configuration.hiddenSize, configuration.vocabularySize, bias: false, at: scope("lm_head"))
        masked = try configuration.masksPictures ? Self.mask(configuration) : nil
    }

    private static func mask(_ configuration: ChameleonConfiguration) throws(TorchError) -> Tensor {
        var flags = [Bool](repeating: false, count: configuration.vocabularySize)
        for id in configuration.pictureIDs { flags[id] = true }
        return try Tensor(flags)
    }

    /// Type and place of the weights.
    public var dtype: DType { embedTokens.weight.dtype }
    public var device: Device { embedTokens.weight.device }

    /// The vectors of tokens, `[ids.count, hidden]`.
    ///
    /// - Throws: `UniTokenError.unknownToken` for ids outside the vocabulary.
    public func embeddings(_ ids: [Int]) throws -> Tensor {
        if let wrong = ids.first(where: { !(0..<configuration.vocabularySize).contains($0) }) {
            throw UniTokenError.unknownToken(wrong, vocabulary: configuration.vocabularySize)
        }
        return try embedTokens(Tensor(ids).to(device))
    }

    /// The states of tokens after the final norm, `[tokens, hidden]`.
    ///
    /// Every layer writes the tokens' keys and values into the caches of their spans.
    /// - Parameters:
    ///   - x: vectors of the tokens of all spans in order, `[tokens, hidden]`.
    ///   - observe: told every layer's input, and the result, by number.
    /// - Throws: `UniTokenError.contextFull` where a cache has no room, `CancellationError`, errors of libtorch.
    package func callAsFunction(_ x: Tensor, _ spans: [TokenSpan], observe: ((Int, Tensor) -> Void)? = nil) throws -> Tensor {
        for span in spans {
            guard let cache = span.cache, span.positions.upperBound > cache.capacity else { continue }
            throw UniTokenError.contextFull(tokens: span.positions.upperBound, capacity: cache.capacity)
        }
        let rotary = try RotaryHalves(
            positions: spans.flatMap(\.positions), headDim: configuration.headDim, theta: configuration.theta, dtype: x.dtype, device: x.device)
        let masks = try spans.map { try $0.mask(on: x.device) }
        var x = x
        for (index, layer) in layers.enumerated() {
            try Task.checkCancellation()
            observe?(index, x)
            x = try layer(x, spans, rotary: rotary, masks: masks)
        }
        for span in spans { span.cache?.advance(by: span.count) }
        let states = try norm(x)
        observe?(layers.count, states)
        return states
    }

    /// Scores of all ids for the token after each of `states`, `[tokens, hidden]`: `[tokens, vocabulary]`, float32.
    public func logits(_ states: Tensor) throws(TorchError) -> Tensor {
        let logits = try head(states).to(.float32)
        guard let masked else { return logits }
        return try logits.maskedFill(masked.to(logits.device), -Double(Float.greatestFiniteMagnitude))
    }
}

/// Attention and a gated MLP, each with a norm and a residual connection.
///
/// Weights: `self_attn`, `mlp`, `input_layernorm`, `post_attention_layernorm`.
/// Source: transformers, `ChameleonDecoderLayer` and `ChameleonSwinDecoderLayer`.
package struct ChameleonLayer {
    package let attention: ChameleonAttention
    package let inputNorm: RMSNorm
    let postAttentionNorm: RMSNorm
    let gate, up, down: Linear
    let index: Int
    let usesSwinNorm: Bool

    init(_ configuration: ChameleonConfiguration, index: Int, at scope: ParameterScope) throws {
        self.index = index
        usesSwinNorm = configuration.usesSwinNorm
        let width = configuration.hiddenSize, inner = configuration.intermediateSize
        attention = try ChameleonAttention(configuration, at: scope("self_attn"))
        gate = try Linear(width, inner, bias: false, at: scope("mlp")("gate_proj"))
        up = try Linear(width, inner, bias: false, at: scope("mlp")("up_proj"))
        down = try Linear(inner, width, bias: false, at: scope("mlp")("down_proj"))
        inputNorm = try RMSNorm(width, epsilon: configuration.epsilon, at: scope("input_layernorm"))
        postAttentionNorm = try RMSNorm(width, epsilon: configuration.epsilon, at: scope("post_attention_layernorm"))
    }

    func callAsFunction(_ x: Tensor, _ spans: [TokenSpan], rotary: RotaryHalves, masks: [Tensor?]) throws(TorchError) -> Tensor {
        func attended(_ x: Tensor) throws(TorchError) -> Tensor { try attention(x, layer: index, spans, rotary: rotary, masks: masks) }
        if usesSwinNorm {
            let h = try x + inputNorm(attended(x))
            return try h + postAttentionNorm(mlp(h))
        }
        let h = try x + attended(inputNorm(x))
        return try h + mlp(postAttentionNorm(h))
    }

    private func mlp(_ x: Tensor) throws(TorchError) -> Tensor { try down(gate(x).silu() * up(x)) }
}
