package import Generation
import Imaging
package import Torch

/// Reference pictures to latents: prepared, encoded and sampled as the official pipeline does.
package struct ReferenceEncoder {
    let autoEncoder: AutoEncoder
    /// Type that the latents are cast to at the end; the autoencoder works in float32.
    let dtype: DType
    let device: Device

    package init(autoEncoder: AutoEncoder, dtype: DType, device: Device) {
        (self.autoEncoder, self.dtype, self.device) = (autoEncoder, dtype, device)
    }

    package struct Encoded {
        /// `[1, latentChannels, h, w]`.
        package let latents: Tensor
        package let grid: TokenGrid
    }

    /// - Parameters:
    ///   - longSide: of each reference in pixels.
    ///   - posteriorSeed: seeds one stream for all references, a draw each in order, on the device that computes, where the
    ///     official programs' global generator lives; nil takes the means.
    /// - Throws: `RequestError.reference` naming the picture that cannot be used.
    package func callAsFunction(_ references: [Reference], longSide: Int, posteriorSeed: UInt64?) throws -> [Encoded] {
        let generator = try posteriorSeed.map { seed throws(TorchError) in try RandomGenerator(seed: seed, device: device) }
        return try references.map { reference in
            try Task.checkCancellation()
            let image = try prepared(reference, longSide)
            let moments = try autoEncoder.moments(of: Tensor.autoEncoderInput(image).to(device), bands: .forPicture(image.size))
            var shape = moments.shape
            shape[1] /= 2
            let draw = try generator.map { generator throws(TorchError) in try Tensor.normal(shape, using: generator) }
            let latents = try autoEncoder.latents(from: moments, draw: draw).to(dtype)
            return Encoded(latents: latents, grid: TokenGrid(rows: shape[2] / 2, columns: shape[3] / 2))
        }
    }

    private func prepared(_ reference: Reference, _ longSide: Int) throws(RequestError) -> PixelImage {
        do {
            return try reference.image.referencePreprocessed(longSide: longSide, multiple: autoEncoder.configuration.pixelsPerToken)
        } catch {
            throw .reference(name: reference.name, problem: "\(error)")
        }
    }
}
