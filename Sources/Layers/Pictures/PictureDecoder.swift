package import Checkpoints
package import Torch

/// Latents to pixels.
///
/// Weights: `conv_in`, `mid`, `up.N.block.M`, `up.N.upsample.conv`, `norm_out`, `conv_out`; level 0 has the full resolution.
/// Source: flux, modules/autoencoder, and Chameleon, vqgan, `Decoder`.
package struct PictureDecoder {
    let convIn, convOut: Convolution2d
    let mid: MiddleBlock
    /// From full resolution (0) to the deepest level; run in reverse.
    let levels: [Level]
    let normOut: GroupNorm

    /// - Parameters:
    ///   - inputs: channels of latents.
    ///   - outputs: channels of a picture.
    package init(_ levels: PictureLevels, inputs: Int, outputs: Int, at scope: ParameterScope) throws {
        let groups = levels.normGroups, widths = levels.widths
        let deepest = widths[widths.count - 1]
        convIn = try Convolution2d(inputs, deepest, kernel: 3, padding: 1, at: scope("conv_in"))
        mid = try MiddleBlock(deepest, groups: groups, at: scope("mid"))
        self.levels = try widths.indices.map { index in
            try Level(
                inputs: index == widths.count - 1 ? deepest : widths[index + 1], outputs: widths[index],
                blockCount: levels.residualBlockCount + 1, doubles: index > 0, groups: groups, at: scope("up")(index))
        }
        normOut = try GroupNorm(widths[0], groups: groups, at: scope("norm_out"))
        convOut = try Convolution2d(widths[0], outputs, kernel: 3, padding: 1, at: scope("conv_out"))
    }

    /// `[batch, inputs, height, width]` to `[batch, outputs, height · 2ⁿ, width · 2ⁿ]`.
    package func callAsFunction(_ z: Tensor, bands: RowBands?, observe: ActivationObserver?) throws(TorchError) -> Tensor {
        var h = try convIn(z)
        try observe?("conv_in", h.cloned())
        try mid.replace(&h, bands: bands, observe: observe)
        for (index, level) in levels.enumerated().reversed() {
            for (number, block) in level.blocks.enumerated() {
                try block.replace(&h, bands: bands)
                try observe?("up.\(index).block.\(number)", h.cloned())
            }
            if let upsample = level.upsample {
                h = try upsample(h, bands: bands)
                try observe?("up.\(index).upsample", h.cloned())
            }
        }
        guard let bands else { return try convOut(normOut.swished(h)) }
        return try bands.convolve(h, convOut, prepare: normOut.swished(over: h))
    }

    struct Level {
        let blocks: [ResidualBlock]
        let upsample: Upsample?

        init(inputs: Int, outputs: Int, blockCount: Int, doubles: Bool, groups: Int, at scope: ParameterScope) throws {
            blocks = try (0..<blockCount).map {
                try ResidualBlock($0 == 0 ? inputs : outputs, outputs, groups: groups, at: scope("block")($0))
            }
            upsample = doubles ? try Upsample(outputs, at: scope("upsample")) : nil
        }
    }

    /// Doubles the picture: nearest neighbour, then a convolution. Weights: `conv`.
    struct Upsample {
        let conv: Convolution2d

        init(_ channels: Int, at scope: ParameterScope) throws {
            conv = try Convolution2d(channels, channels, kernel: 3, padding: 1, at: scope("conv"))
        }

        func callAsFunction(_ x: Tensor, bands: RowBands?) throws(TorchError) -> Tensor {
            guard let bands else { return try conv(x.upsampledNearest(scale: 2)) }
            return try bands.convolveDoubled(x, conv)
        }
    }
}
