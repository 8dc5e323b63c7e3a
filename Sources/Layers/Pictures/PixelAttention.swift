import Checkpoints
import Torch

/// One attention head over all pixels, with a residual connection.
///
/// Weights: `norm`, `q`, `k`, `v`, `proj_out` (1 × 1 convolutions). Source: flux, modules/autoencoder, and Chameleon, vqgan, `AttnBlock`.
struct PixelAttention {
    let norm: GroupNorm
    let q, k, v, projOut: Convolution2d

    init(_ channels: Int, groups: Int, at scope: ParameterScope) throws {
        norm = try GroupNorm(channels, groups: groups, at: scope("norm"))
        q = try Convolution2d(channels, channels, kernel: 1, at: scope("q"))
        k = try Convolution2d(channels, channels, kernel: 1, at: scope("k"))
        v = try Convolution2d(channels, channels, kernel: 1, at: scope("v"))
        projOut = try Convolution2d(channels, channels, kernel: 1, at: scope("proj_out"))
    }

    /// `[batch, channels, height, width]` to the same shape.
    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        let h = try norm(x)
        let attended = try Tensor.scaledDotProductAttention(pixels(q(h)), pixels(k(h)), pixels(v(h)))
        return try x + projOut(attended.squeezed(1).transposed(1, 2).reshaped(x.shape))
    }

    /// `[batch, channels, height, width]` to `[batch, 1, height · width, channels]`.
    private func pixels(_ x: Tensor) throws(TorchError) -> Tensor {
        try x.flattened(from: 2, to: 3).transposed(1, 2).contiguous().unsqueezed(1)
    }
}

/// The part with the fewest pixels. Weights: `block_1`, `attn_1`, `block_2`.
struct MiddleBlock {
    let block1, block2: ResidualBlock
    let attention: PixelAttention

    init(_ channels: Int, groups: Int, at scope: ParameterScope) throws {
        block1 = try ResidualBlock(channels, channels, groups: groups, at: scope("block_1"))
        attention = try PixelAttention(channels, groups: groups, at: scope("attn_1"))
        block2 = try ResidualBlock(channels, channels, groups: groups, at: scope("block_2"))
    }

    /// Puts the output in the place of `h`, `[batch, channels, height, width]`; as `ResidualBlock.replace`.
    func replace(_ h: inout Tensor, bands: RowBands?, observe: ActivationObserver?) throws(TorchError) {
        try block1.replace(&h, bands: bands)
        try observe?("mid.block_1", h.cloned())
        h = try attention(h)
        try observe?("mid.attn_1", h.cloned())
        try block2.replace(&h, bands: bands)
        try observe?("mid.block_2", h.cloned())
    }
}
