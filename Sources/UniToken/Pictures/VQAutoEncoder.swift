public import Checkpoints
public import Imaging
package import Layers
public import Torch

/// Chameleon's picture tokenizer: pictures to codes and back.
///
/// Key names are those of `vqgan.ckpt` (`encoder.…`, `quantize.embedding`, `quant_conv`, `post_quant_conv`, `decoder.…`).
/// Source: VQGAN (arXiv 2012.09841); Chameleon, `vqgan.VQModel` and `ImageTokenizer`.
public struct VQAutoEncoder {
    public let configuration: VQConfiguration
    package let encoder: PictureEncoder
    let decoder: PictureDecoder
    package let quantConv, postQuantConv: Convolution2d
    /// `[codes, codeWidth]`.
    let codebook: Embedding

    /// What official files hold besides: the networks that trained it.
    static let ignoredKeys = ["loss."]

    /// - Throws: the scope's load report lists wrong tensors.
    public init(_ configuration: VQConfiguration, at scope: ParameterScope) throws {
        self.configuration = configuration
        let latent = configuration.latentChannels, width = configuration.codeWidth
        encoder = try PictureEncoder(configuration.levels, inputs: 3, outputs: latent, at: scope("encoder"))
        decoder = try PictureDecoder(configuration.levels, inputs: latent, outputs: 3, at: scope("decoder"))
        codebook = try Embedding(configuration.codeCount, width, at: scope("quantize")("embedding"))
        quantConv = try Convolution2d(latent, width, kernel: 1, at: scope("quant_conv"))
        postQuantConv = try Convolution2d(width, latent, kernel: 1, at: scope("post_quant_conv"))
    }

    /// Opens the official pickle or a safetensors file. The tokenizer works in float32, as the official programs' does.
    ///
    /// - Throws: `CheckpointError`.
    public static func load(_ path: String, _ configuration: VQConfiguration, device: Device = .cpu) throws -> Loaded<VQAutoEncoder> {
        try ParameterScope.load(Checkpoint.open(path), dtype: .float32, device: device, ignoring: ignoredKeys) {
            try VQAutoEncoder(configuration, at: $0)
        }
    }

    // MARK: to codes

    /// The code at each place, row by row.
    ///
    /// - Parameter pixels: `[1, 3, height, width]`, -1...1; sides are multiples of `configuration.pixelsPerCode`.
    public func codes(of pixels: Tensor) throws(TorchError) -> [Int] {
        try nearest(quantConv(encoder(pixels, bands: nil, observe: nil))).values(as: Int.self)
    }

    /// The codes of a picture; it is shown on white where it is transparent.
    public func codes(of picture: PixelImage) throws(TorchError) -> [Int] { try codes(of: Self.pixels(of: picture).to(codebook.weight.device)) }

    /// The nearest vector to each of `latents`, `[1, codeWidth, height, width]`: int64 `[height · width]`. The first of equal ones wins.
    private func nearest(_ latents: Tensor) throws(TorchError) -> Tensor { try (-distances(latents)).argmax(dim: 1) }

    /// Squared distances `[places, codes]`, summed in the order of the official code: z² + e² - 2 z e.
    package func distances(_ latents: Tensor) throws(TorchError) -> Tensor {
        let z = try latents.permuted([0, 2, 3, 1]).reshaped([-1, configuration.codeWidth])
        let e = codebook.weight
        return try z.square().sum([1], keepDim: true) + e.square().sum([1]) - 2 * z.matmul(e.transposed(0, 1))
    }

    /// A picture on white in -1...1, `[1, 3, height, width]`, float32; the quotient is computed in float64, as NumPy does.
    ///
    /// Where it is transparent, the blend is truncated to 8 bits. Source: Chameleon, `ImageTokenizer._whiten_transparency`.
    package static func pixels(of picture: PixelImage) throws(TorchError) -> Tensor {
        let white = whitened(picture)
        let values = try Tensor(white.pixels, shape: [1, white.height, white.width, 3]).to(.float64)
        return try (values / 255 * 2 - 1).to(.float32).permuted([0, 3, 1, 2]).contiguous()
    }

    package static func whitened(_ picture: PixelImage) -> PixelImage {
        guard picture.layout == .rgba else { return picture.rgb() }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(3 * picture.size.area)
        for start in stride(from: 0, to: picture.pixels.count, by: 4) {
            let opacity = Double(picture.pixels[start + 3]) / 255
            for channel in 0..<3 { pixels.append(UInt8((1 - opacity) * 255 + opacity * Double(picture.pixels[start + channel]))) }
        }
        return PixelImage(width: picture.width, height: picture.height, layout: .rgb, pixels: pixels)
    }

    // MARK: to pixels

    /// The picture of `rows · columns` codes, `[1, 3, height, width]`, about -1...1.
    public func decode(_ codes: [Int], rows: Int, columns: Int) throws(TorchError) -> Tensor {
        try decoder(postQuantConv(entries(codes, rows: rows, columns: columns)), bands: nil, observe: nil)
    }

    /// The vectors of codes, `[1, codeWidth, rows, columns]`.
    package func entries(_ codes: [Int], rows: Int, columns: Int) throws(TorchError) -> Tensor {
        let ids = try Tensor(codes).to(codebook.weight.device)
        return try codebook(ids).reshaped([1, rows, columns, configuration.codeWidth]).permuted([0, 3, 1, 2]).contiguous()
    }

    /// The same as 8-bit pixels, truncated, not rounded.
    public func picture(_ codes: [Int], rows: Int, columns: Int) throws(TorchError) -> PixelImage {
        try Self.picture(of: decode(codes, rows: rows, columns: columns))
    }

    /// Source: Chameleon, `ImageTokenizer._pil_from_chw_tensor`: clamped, (x + 1) / 2, times 255.
    package static func picture(of pixels: Tensor) throws(TorchError) -> PixelImage {
        let levels = try (pixels.to(.float32).clamped(min: -1, max: 1) + 1) / 2 * 255
        let bytes = try levels.to(.uint8).permuted([0, 2, 3, 1]).contiguous()
        return PixelImage(width: pixels.shape[3], height: pixels.shape[2], layout: .rgb, pixels: try bytes.values(as: UInt8.self))
    }
}
