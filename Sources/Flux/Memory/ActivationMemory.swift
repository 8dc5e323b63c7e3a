import Imaging

/// Bytes of the intermediate values of each stage.
///
/// The counts are those of tensors that live at the same time at each network's highest point, rounded up to what was measured on the processor
/// with `atelier bench memory-limit`; see Benchmarks/README.md.
struct ActivationMemory {
    let sizes: PictureSizes
    let flux: FluxConfiguration
    let autoEncoder: AutoEncoderConfiguration
    /// Of one number of the transformer's arithmetic.
    let elementBytes: Int
    /// Whether blocks run on the bfloat16 kernels, which hold few intermediate values.
    let usesKernels: Bool

    /// Widths of the residual stream that a block holds for each token: tokens, norm, attention and MLP side by side, queries, keys, values. Operations that
    /// are composed of others hold what they hand on as well.
    private var widthsPerToken: Int { usesKernels ? 22 : 32 }
    /// More of them where the layer of the MLP makes its output at once, not band by band.
    private var wholeLayerWidths: Int { usesKernels ? 0 : 8 }
    /// More of them where adapters beside the weights compute their own change of the widest layer.
    private static let adapterWidths = 8

    /// T5 at its official width, with weights of attention in float32: few MiB for other encoders.
    var text: Int {
        let tokens = sizes.textTokens
        return 64 * tokens * tokens * 20 + tokens * flux.contextInDim * 12 * elementBytes
    }

    /// - Parameters:
    ///   - isCoded: whether weights are kept in fewer bits.
    ///   - sideAdapters: whether adapters act beside them.
    func denoising(isCoded: Bool, sideAdapters: Bool) -> Int {
        let tokens = sizes.tokenCount(pixelsPerToken: autoEncoder.pixelsPerToken)
        let widths = widthsPerToken + (isCoded ? 0 : wholeLayerWidths) + (sideAdapters ? Self.adapterWidths : 0)
        let block = tokens * flux.hiddenSize * widths * elementBytes
        // Modulation of all blocks for all steps.
        let modulation = sizes.stepCount * (12 * flux.depth + 3 * flux.singleDepth + 2) * flux.hiddenSize * elementBytes
        return block + modulation * (sizes.hasNegative ? 2 : 1)
    }

    /// - Parameter bandPixels: nil where the autoencoder chooses by the size.
    func decoding(bandPixels: Int?) -> Int {
        // At full resolution the decoder goes from the second level's channels to the first's.
        let multipliers = autoEncoder.channelMultipliers
        return picture(sizes.picture.area, multipliers[0] + multipliers[min(1, multipliers.count - 1)], bandPixels)
    }

    func encodingReferences(bandPixels: Int?) -> Int {
        picture(sizes.referenceAreas.max() ?? 0, 2 * autoEncoder.channelMultipliers[0], bandPixels)
    }

    /// What goes into a block at full resolution and what comes out stand in memory, of `multiplier` times the least channels together. Without
    /// bands convolutions hold copies of both.
    private func picture(_ area: Int, _ multiplier: Int, _ bandPixels: Int?) -> Int {
        let isWhole = bandPixels == nil && area <= 640 * 640
        let band = min(area, bandPixels ?? 65_536)
        return 4 * autoEncoder.channels * multiplier * (isWhole ? 3 * area : area + 6 * band)
    }
}
