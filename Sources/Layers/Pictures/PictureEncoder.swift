package import Checkpoints
package import Torch

/// Pixels to what stands for latents: their mean and log-variance, or vectors to be quantized.
///
/// Weights: `conv_in`, `down.N.block.M`, `down.N.downsample.conv`, `mid`, `norm_out`, `conv_out`.
/// Source: flux, modules/autoencoder, and Chameleon, vqgan, `Encoder`.
package struct PictureEncoder {
    package let convIn: Convolution2d
    let convOut: Convolution2d
    let levels: [Level]
    let mid: MiddleBlock
    let normOut: GroupNorm

    /// - Parameters:
    ///   - inputs: channels of a picture.
    ///   - outputs: channels of what comes out.
    package init(_ levels: PictureLevels, inputs: Int, outputs: Int, at scope: ParameterScope) throws {
        let groups = levels.normGroups, widths = levels.widths
        convIn = try Convolution2d(inputs, levels.channels, kernel: 3, padding: 1, at: scope("conv_in"))
        self.levels = try widths.indices.map { index in
            try Level(
                inputs: index == 0 ? levels.channels : widths[index - 1], outputs: widths[index],
                blockCount: levels.residualBlockCount, halves: index < widths.count - 1, groups: groups, at: scope("down")(index))
        }
        let deepest = widths[widths.count - 1]
        mid = try MiddleBlock(deepest, groups: groups, at: scope("mid"))
        normOut = try GroupNorm(deepest, groups: groups, at: scope("norm_out"))
        convOut = try Convolution2d(deepest, outputs, kernel: 3, padding: 1, at: scope("conv_out"))
    }

    /// `[batch, inputs, height, width]` to `[batch, outputs, height / 2ⁿ, width / 2ⁿ]`.
    package func callAsFunction(_ x: Tensor, bands: RowBands?, observe: ActivationObserver?) throws(TorchError) -> Tensor {
        var h = if let bands { try bands.convolve(x, convIn) } else { try convIn(x) }
        try observe?("conv_in", h.cloned())
        for (index, level) in levels.enumerated() {
            for (number, block) in level.blocks.enumerated() {
                try block.replace(&h, bands: bands)
                try observe?("down.\(index).block.\(number)", h.cloned())
            }
            if let downsample = level.downsample {
                h = try downsample(h, bands: bands)
                try observe?("down.\(index).downsample", h.cloned())
            }
        }
        try mid.replace(&h, bands: bands, observe: observe)
        return try convOut(normOut.swished(h))
    }

    struct Level {
        let blocks: [ResidualBlock]
        let downsample: Downsample?

        init(inputs: Int, outputs: Int, blockCount: Int, halves: Bool, groups: Int, at scope: ParameterScope) throws {
            blocks = try (0..<blockCount).map {
                try ResidualBlock($0 == 0 ? inputs : outputs, outputs, groups: groups, at: scope("block")($0))
            }
            downsample = halves ? try Downsample(outputs, at: scope("downsample")) : nil
        }
    }

    /// Halves the picture: zeros on the right and at the bottom only, then stride 2. Weights: `conv`.
    struct Downsample {
        let conv: Convolution2d

        init(_ channels: Int, at scope: ParameterScope) throws {
            conv = try Convolution2d(channels, channels, kernel: 3, stride: 2, at: scope("conv"))
        }

        func callAsFunction(_ x: Tensor, bands: RowBands?) throws(TorchError) -> Tensor {
            guard let bands else { return try conv(x.padded([0, 1, 0, 1])) }
            return try bands.convolveHalved(x, conv)
        }
    }
}
