public import Checkpoints
public import Layers
public import Torch

/// The FLUX autoencoder: pictures to latents and back.
///
/// Key names are those of `ae.safetensors` (`encoder.…`, `decoder.…`). Source: flux, modules/autoencoder, `AutoEncoder`.
public struct AutoEncoder {
    public let configuration: AutoEncoderConfiguration
    let encoder: PictureEncoder
    let decoder: PictureDecoder

    /// - Throws: `FluxError.invalidConfiguration`; the scope's load report lists wrong tensors.
    public init(_ configuration: AutoEncoderConfiguration, at scope: ParameterScope) throws {
        self.configuration = try configuration.validated()
        encoder = try PictureEncoder(
            configuration.levels, inputs: configuration.inChannels, outputs: 2 * configuration.latentChannels, at: scope("encoder"))
        decoder = try PictureDecoder(
            configuration.levels, inputs: configuration.latentChannels, outputs: configuration.outChannels, at: scope("decoder"))
    }

    /// The type of the weights, which pictures and latents must have.
    public var dtype: DType { encoder.convIn.weight.dtype }

    /// The distribution of a picture's latents.
    ///
    /// - Parameters:
    ///   - image: `[batch, 3, height, width]`, values -1...1; sides are multiples of `configuration.downsampling`.
    ///   - bands: nil to work on the whole picture at once.
    /// - Returns: mean, then log-variance, `[batch, 2 · latentChannels, h, w]`.
    public func moments(of image: Tensor, bands: RowBands? = nil) throws(TorchError) -> Tensor {
        try moments(of: image, bands: bands, observe: nil)
    }

    package func moments(of image: Tensor, bands: RowBands?, observe: ActivationObserver?) throws(TorchError) -> Tensor {
        try encoder(image, bands: bands, observe: observe)
    }

    /// Latents from moments, shifted and scaled for the transformer.
    ///
    /// - Parameters:
    ///   - moments: `[batch, 2 · latentChannels, h, w]`.
    ///   - draw: normal draw of the mean's shape, as the official encoder samples; nil takes the mean.
    ///   - logVariance: what the log-variance is held to; nil takes it as it is.
    /// - Returns: `[batch, latentChannels, h, w]`.
    public func latents(from moments: Tensor, draw: Tensor?, logVariance limits: ClosedRange<Double>? = nil) throws(TorchError) -> Tensor {
        let parts = try moments.chunked(2, dim: 1)
        var z = parts[0]
        if let draw {
            let logVariance = if let limits { try parts[1].clamped(min: limits.lowerBound, max: limits.upperBound) } else { parts[1] }
            z = try z + (0.5 * logVariance).exp() * draw
        }
        return try configuration.scaleFactor * (z - configuration.shiftFactor)
    }

    /// The picture of `latents` `[batch, latentChannels, h, w]`: `[batch, 3, height, width]`, not clamped to -1...1.
    public func decode(_ latents: Tensor, bands: RowBands? = nil) throws(TorchError) -> Tensor {
        try decode(latents, bands: bands, observe: nil)
    }

    package func decode(_ latents: Tensor, bands: RowBands?, observe: ActivationObserver?) throws(TorchError) -> Tensor {
        try decoder(latents / configuration.scaleFactor + configuration.shiftFactor, bands: bands, observe: observe)
    }
}
