import Checkpoints
import Torch

/// Two normalized convolutions beside a shortcut.
///
/// Weights: `norm1`, `conv1`, `norm2`, `conv2`, and `nin_shortcut` where the channel count changes.
/// Source: flux, modules/autoencoder, and Chameleon, vqgan, `ResnetBlock`.
struct ResidualBlock {
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

    /// Puts the block's output `[batch, outputs, height, width]` in the place of `x` `[batch, inputs, height, width]`.
    ///
    /// In bands, the output is written over the memory of `x`, which no one else may need afterwards.
    func replace(_ x: inout Tensor, bands: RowBands?) throws(TorchError) {
        guard let bands else {
            let h = try conv2(norm2.swished(conv1(norm1.swished(x))))
            x = try (ninShortcut?(x) ?? x) + h
            return
        }
        let h = try bands.convolve(x, conv1, prepare: norm1.swished(over: x))
        if let ninShortcut { x = try bands.replaceChannels(of: x, ninShortcut) }
        try bands.add(to: x, h, conv2, prepare: norm2.swished(over: h))
    }
}

extension GroupNorm {
    /// What normalizes and activates any band of `x` as if done to all of `x`, `[batch, channels, height, width]`.
    func swished(over x: Tensor) throws(TorchError) -> (Tensor) throws(TorchError) -> Tensor {
        let (scale, shift) = try affine(of: x)
        return { band throws(TorchError) in
            let normalized = try band * scale
            try normalized.addInPlace(shift)
            return try normalized.silu()
        }
    }
}
