public import Checkpoints
import Layers
public import Torch

/// The vision half of SigLIP.
///
/// Key names are those of Hugging Face's `SiglipVisionModel` (`vision_model.…`). There is no class token and no mask.
/// Source: arXiv 2303.15343; transformers, `modeling_siglip`.
public struct SigLIPVisionEncoder {
    public let configuration: SigLIPConfiguration
    let patches: Convolution2d
    package let positions: SigLIPPositions
    let layers: [SigLIPLayer]
    let finalNorm: LayerNorm
    let head: SigLIPHead

    /// What files of the whole SigLIP model hold besides the vision encoder.
    public static let ignoredKeys = ["text_model.", "logit_scale", "logit_bias", "vision_model.embeddings.position_ids"]

    /// - Throws: the scope's load report lists wrong tensors.
    public init(_ configuration: SigLIPConfiguration, at scope: ParameterScope) throws {
        try self.init(configuration, inside: scope("vision_model"))
    }

    /// - Parameter scope: where `embeddings`, `encoder`, `post_layernorm` and `head` are, under whatever name a larger model keeps them.
    /// - Throws: the scope's load report lists wrong tensors.
    package init(_ configuration: SigLIPConfiguration, inside scope: ParameterScope) throws {
        self.configuration = configuration
        patches = try Convolution2d(
            configuration.channelCount, configuration.width, kernel: configuration.patchSize, stride: configuration.patchSize,
            at: scope("embeddings")("patch_embedding"))
        positions = try SigLIPPositions(configuration, at: scope("embeddings")("position_embedding"))
        layers = try (0..<configuration.layerCount).map { try SigLIPLayer(configuration, at: scope("encoder")("layers")($0)) }
        finalNorm = try LayerNorm(configuration.width, epsilon: configuration.epsilon, at: scope("post_layernorm"))
        head = try SigLIPHead(configuration, at: scope("head"))
    }

    /// What the whole encoder makes of pictures.
    public struct Output {
        /// `[batch, tokens, width]`, after the final norm.
        public let hidden: Tensor
        /// One state per picture, `[batch, width]`.
        public let pooled: Tensor
    }

    /// - Parameter pixels: `[batch, 3, height, width]`, -1...1, see `SigLIPPreprocessing`. Where the size is not the
    ///   configuration's, positions are interpolated.
    public func callAsFunction(_ pixels: Tensor) throws -> Output {
        let hidden = try hidden(pixels)
        return Output(hidden: hidden, pooled: try head(hidden))
    }

    /// The tokens alone, `[batch, tokens, width]`, after the final norm.
    package func hidden(_ pixels: Tensor) throws -> Tensor {
        try finalNorm(states(pixels, upTo: configuration.layerCount) { _, _ in })
    }

    /// Hidden states: 0 is the embedded picture, `layerCount` what the last layer gives, before the final norm.
    ///
    /// Layers behind the last state asked for are not run.
    /// - Parameters:
    ///   - pixels: as for the whole encoder.
    ///   - indices: places from `SigLIPConfiguration.stateIndex`.
    /// - Returns: `[batch, tokens, width]` for each index, in the order asked for.
    public func hiddenStates(_ pixels: Tensor, at indices: [Int]) throws -> [Tensor] {
        precondition(indices.allSatisfy { (0...layers.count).contains($0) }, "There are hidden states 0 to \(layers.count), not \(indices).")
        var found: [Int: Tensor] = [:]
        _ = try states(pixels, upTo: indices.max() ?? 0) { index, state in
            if indices.contains(index) { found[index] = state }
        }
        return indices.compactMap { found[$0] }
    }

    /// Runs the first `last` layers, telling `observe` every hidden state.
    private func states(_ pixels: Tensor, upTo last: Int, observe: (Int, Tensor) -> Void) throws -> Tensor {
        let grid = try patches(pixels)
        let tokens = try grid.flattened(from: 2, to: 3).transposed(1, 2)
        var states = try tokens + positions.table(rows: grid.shape[2], columns: grid.shape[3], isSquare: pixels.shape[2] == pixels.shape[3])
        observe(0, states)
        for (index, layer) in layers.prefix(last).enumerated() {
            try Task.checkCancellation()
            states = try layer(states)
            observe(index + 1, states)
        }
        return states
    }
}
