package import Generation
package import Imaging
package import Torch

/// Prepared reference pictures to latents: encoded and sampled as the official pipeline does.
package struct ReferenceEncoder {
    private let model: FluxModel
    /// Type that the latents are cast to at the end; the autoencoder works in float32.
    private var dtype: DType { model.dtype }
    private let drawType: DType
    private let logVariance: ClosedRange<Double>?

    /// - Parameters:
    ///   - drawType: type in which the draws are made; the stream of numbers differs between types.
    ///   - logVariance: what the logarithm of the variance is held to; nil takes it as it is.
    package init(_ model: FluxModel, drawType: DType = .float32, logVariance: ClosedRange<Double>? = nil) {
        self.model = model
        (self.drawType, self.logVariance) = (drawType, logVariance)
    }

    package struct Encoded {
        /// `[1, latentChannels, h, w]`.
        package let latents: Tensor
        package let grid: TokenGrid
        /// Means and logarithms of the variances that the latents come from, `[1, 2 · latentChannels, h, w]`, float32.
        package let moments: Tensor
        /// The normal draw that chose them, `[1, latentChannels, h, w]`, float32; nil where the mean was taken.
        package let draw: Tensor?
    }

    /// - Parameters:
    ///   - pictures: in their final size, both sides multiples of a token's.
    ///   - posteriorSeed: seeds one stream for all references, a draw each in order, on the device that computes, where the
    ///     official programs' global generator lives; nil takes the means.
    package func callAsFunction(_ pictures: [PixelImage], posteriorSeed: UInt64?) throws -> [Encoded] {
        guard !pictures.isEmpty else { return [] }
        let autoEncoder = try model.autoEncoder(), device = model.device
        let generator = try posteriorSeed.map { seed throws(TorchError) in try RandomGenerator(seed: seed, device: device) }
        return try pictures.map { picture in
            try Task.checkCancellation()
            let moments = try autoEncoder.moments(of: Tensor.autoEncoderInput(picture).to(device), bands: model.bands(for: picture.size))
            var shape = moments.shape
            shape[1] /= 2
            let draw = try generator.map { generator throws(TorchError) in try Tensor.normal(shape, using: generator, dtype: drawType).to(.float32) }
            let latents = try autoEncoder.latents(from: moments, draw: draw, logVariance: logVariance).to(dtype)
            return Encoded(latents: latents, grid: TokenGrid(rows: shape[2] / 2, columns: shape[3] / 2), moments: moments, draw: draw)
        }
    }
}

extension Reference {
    /// The picture in a reference's size, cut to whole tokens.
    ///
    /// - Throws: `RequestError.reference` naming the picture that cannot be used.
    package func prepared(longSide: Int, multiple: Int) throws(RequestError) -> PixelImage {
        do {
            return try image.referencePreprocessed(longSide: longSide, multiple: multiple)
        } catch {
            throw .reference(name: name, problem: "\(error)")
        }
    }
}
