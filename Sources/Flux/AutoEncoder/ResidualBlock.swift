import Checkpoints
package import Layers
package import Torch

/// Two normalized convolutions beside a shortcut.
///
/// Weights: `norm1`, `conv1`, `norm2`, `conv2`, and `nin_shortcut` where the channel count changes.
/// Source: flux, modules/autoencoder, `ResnetBlock`.
package struct ResidualBlock {
    let norm1, norm2: GroupNorm
    let conv1, conv2: Convolution2d
    let ninShortcut: Convolution2d?

    init(_ inputs: Int, _ outputs: Int, groups: Int, at scope: ParameterScope) throws {
        norm1 = try GroupNorm(inputs, groups: groups, at: scope("norm1"))
        conv1 = try Convolution2d(inputs, outputs, kernel: 3, padding: 1, at: scope("conv1"))
        norm2 = try GroupNorm(outputs, groups: groups, at: scope("norm2"))
        conv2 = try Convolution2d(outputs, outputs, kernel: 3, padding: 1, at: scope("conv2"))
        ninShortcut = inputs == outputs ? nil : try Convolution2d(inputs, outputs, kernel: 1, at: scope("nin_shortcut"))
    }

    /// `[batch, inputs, height, width]` to `[batch, outputs, height, width]`, in bands when the picture is large.
    package func callAsFunction(_ x: Tensor, bands: RowBands?) throws(TorchError) -> Tensor {
        guard let bands, x.shape[2] > bands.height else {
            let h = try conv2(norm2(conv1(norm1(x).silu())).silu())
            return try shortcut(x) + h
        }
        let first = try norm1.affine(of: x)
        let h = try bands.convolve(x, conv1) { band throws(TorchError) in try (band * first.scale + first.shift).silu() }
        let second = try norm2.affine(of: h)
        let output = try ninShortcut == nil ? x.cloned() : shortcut(x)
        return try bands.convolve(h, conv2, adding: output) { band throws(TorchError) in try (band * second.scale + second.shift).silu() }
    }

    private func shortcut(_ x: Tensor) throws(TorchError) -> Tensor {
        guard let ninShortcut else { return x }
        return try ninShortcut(x)
    }
}
