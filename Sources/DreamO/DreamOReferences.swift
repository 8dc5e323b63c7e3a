import Flux
import Generation
import Imaging
import Torch

/// Prepared reference pictures to latents, as DreamO's pipeline has it.
struct DreamOReferences {
    let model: FluxModel
    /// Type in which the posterior is drawn; the stream differs between types.
    let drawType: DType

    struct Encoded {
        /// Packed, `[1, tokens, inChannels]`.
        let latents: Tensor
        let grid: TokenGrid
    }

    /// Limits of the logarithm of the variance. Source: diffusers, `DiagonalGaussianDistribution`.
    private static let logVariance = -30.0...20.0

    /// - Parameters:
    ///   - pictures: sides are multiples of a token's.
    ///   - posteriorSeed: seeds one stream for all, a draw each in order, on the device that computes; nil takes the means.
    func callAsFunction(_ pictures: [PixelImage], posteriorSeed: UInt64?) throws -> [Encoded] {
        let generator = try posteriorSeed.map { seed throws(TorchError) in try RandomGenerator(seed: seed, device: model.device) }
        let configuration = model.autoEncoder.configuration
        return try pictures.map { picture in
            try Task.checkCancellation()
            let moments = try model.autoEncoder.moments(of: .autoEncoderInput(picture).to(model.device), bands: .forPicture(picture.size))
            let parts = try moments.chunked(2, dim: 1)
            var z = parts[0]
            if let generator {
                let draw = try Tensor.normal(z.shape, using: generator, dtype: drawType).to(.float32)
                let deviation = try (0.5 * parts[1].clamped(min: Self.logVariance.lowerBound, max: Self.logVariance.upperBound)).exp()
                z = try z + deviation * draw
            }
            let latents = try ((z - configuration.shiftFactor) * configuration.scaleFactor).to(model.dtype)
            return Encoded(latents: try latents.packedLatents(), grid: TokenGrid(rows: z.shape[2] / 2, columns: z.shape[3] / 2))
        }
    }
}
