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

    /// Widths of the residual stream that a block holds for each token: tokens, norm, attention and MLP side by side, queries, keys, values and
    /// what one of them is copied to.
    private static let widthsPerToken = 20
    /// More of them where adapters beside the weights compute their own change of the widest layer.
    private static let adapterWidthsPerToken = 8

    /// T5 at its official width, with weights of attention in float32: few MiB for other encoders.
    var text: Int {
        let tokens = sizes.textTokens
        return 64 * tokens * tokens * 20 + tokens * flux.contextInDim * 12 * elementBytes
    }

    func denoising(sideAdapters: Bool) -> Int {
        let tokens = sizes.tokenCount(pixelsPerToken: autoEncoder.pixelsPerToken)
        let widths = Self.widthsPerToken + (sideAdapters ? Self.adapterWidthsPerToken : 0)
        let block = tokens * flux.hiddenSize * widths * elementBytes
        // Modulation of all blocks for all steps.
        let modulation = sizes.stepCount * (12 * flux.depth + 3 * flux.singleDepth + 2) * flux.hiddenSize * elementBytes
        return block + modulation * (sizes.hasNegative ? 2 : 1)
    }

    /// - Parameter bandPixels: nil where the autoencoder chooses by the size.
    func decoding(bandPixels: Int?) -> Int { picture(sizes.picture.area, bandPixels) }

    func encodingReferences(bandPixels: Int?) -> Int { picture(sizes.referenceAreas.max() ?? 0, bandPixels) }

    /// At full resolution the decoder goes from the second level's channels to the first's: both stand in memory. Without bands convolutions
    /// hold copies of both.
    private func picture(_ area: Int, _ bandPixels: Int?) -> Int {
        let multipliers = autoEncoder.channelMultipliers, channels = autoEncoder.channels
        let widest = channels * (multipliers[0] + multipliers[min(1, multipliers.count - 1)])
        let isWhole = bandPixels == nil && area <= 640 * 640
        let band = min(area, bandPixels ?? 65_536)
        return 4 * widest * (isWhole ? 3 * area : area + 6 * band)
    }
}
