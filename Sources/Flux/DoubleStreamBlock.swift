import Checkpoints
package import Layers
package import Torch

/// Two token streams, image and text, with their own weights and one joint attention.
///
/// Weights: `double_blocks.N.{img,txt}_{mod,attn,mlp}`. Source: flux, modules/layers, `DoubleStreamBlock`.
package struct DoubleStreamBlock {
    let img, txt: Stream
    let headCount: Int

    init(_ configuration: FluxConfiguration, at scope: ParameterScope) throws {
        img = try Stream(configuration, prefix: "img", at: scope)
        txt = try Stream(configuration, prefix: "txt", at: scope)
        headCount = configuration.headCount
    }

    /// The modulation of all steps from `vec`, SiLU of the conditioning vector, `[steps, batch, hidden]`.
    package func modulation(_ vec: Tensor) throws(TorchError) -> StreamModulation {
        try StreamModulation(img: img.modulation(vec), txt: txt.modulation(vec))
    }

    /// - Parameters:
    ///   - img: image tokens, target and references, `[batch, imageTokens, hidden]`.
    ///   - txt: text tokens, `[batch, textTokens, hidden]`.
    ///   - modulation: the values of one step.
    ///   - pe: rotations for text, then image tokens.
    package func callAsFunction(
        img x: Tensor, txt y: Tensor, modulation: StreamModulation, pe: RotaryTable
    ) throws(TorchError) -> (img: Tensor, txt: Tensor) {
        let joint = try heads(img: x, txt: y, modulation: modulation, pe: pe).attention()
        let parts = try joint.split([y.shape[1], x.shape[1]], dim: 1)
        return try (img: img.finish(x, parts[1], modulation.img), txt: txt.finish(y, parts[0], modulation.txt))
    }

    /// Normalized and rotated queries and keys, and values, of both streams.
    package func heads(
        img x: Tensor, txt y: Tensor, modulation: StreamModulation, pe: RotaryTable
    ) throws(TorchError) -> AttentionHeads {
        let imgQKV = try img.attention.qkv(modulation.img[0].normalized(x))
        let txtQKV = try txt.attention.qkv(modulation.txt[0].normalized(y))
        // Text comes first here, as it does in `pe`.
        return try AttentionHeads(
            [txt.attention.norm.stream(txtQKV), img.attention.norm.stream(imgQKV)], pe: pe, heads: headCount)
    }
}

extension DoubleStreamBlock {
    /// Modulation values of both streams: attention first, MLP second.
    package struct StreamModulation {
        let img, txt: [ModulationParameters]

        package func at(step: Int) throws(TorchError) -> StreamModulation {
            try StreamModulation(img: img.map { p throws(TorchError) in try p.at(step: step) }, txt: txt.map { p throws(TorchError) in try p.at(step: step) })
        }
    }

    /// The layers one stream owns.
    struct Stream {
        let modulation: Modulation
        let attention: SelfAttention
        let mlp: MLP

        init(_ configuration: FluxConfiguration, prefix: String, at scope: ParameterScope) throws {
            modulation = try Modulation(configuration, count: 2, at: scope("\(prefix)_mod"))
            attention = try SelfAttention(configuration, at: scope("\(prefix)_attn"))
            mlp = try MLP(configuration, at: scope("\(prefix)_mlp"))
        }

        /// Adds the gated attention result, then the gated MLP.
        func finish(_ x: Tensor, _ attended: Tensor, _ modulation: [ModulationParameters]) throws(TorchError) -> Tensor {
            let x = try attention.proj(attended, addedTo: x, gate: modulation[0].gate)
            return try mlp(modulation[1].normalized(x), addedTo: x, gate: modulation[1].gate)
        }
    }
}
