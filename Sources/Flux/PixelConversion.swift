public import Imaging
public import Torch

extension Tensor {
    /// A picture as the autoencoder takes it: `[1, 3, height, width]`, float32, -1...1.
    public static func autoEncoderInput(_ image: PixelImage) throws(TorchError) -> Tensor {
        let rgb = image.rgb()
        let pixels = try Tensor(rgb.pixels, shape: [1, rgb.height, rgb.width, 3])
        return try pixels.permuted([0, 3, 1, 2]).contiguous().to(.float32) / 255 * 2 - 1
    }

    /// The picture of the autoencoder's output `[1, 3, height, width]`.
    ///
    /// Clamped to -1...1 and truncated to 8 bits, as the official pipeline does; rounding would differ by a level.
    /// Source: UNO, pipeline `forward`.
    public func pixelImage() throws(TorchError) -> PixelImage {
        try image(ofLevels: 127.5 * (to(.float32).clamped(min: -1, max: 1) + 1))
    }

    /// The same rounded to the nearest level, ties to even, as diffusers does it.
    ///
    /// Source: diffusers, `VaeImageProcessor.postprocess`.
    public func roundedPixelImage() throws(TorchError) -> PixelImage {
        try image(ofLevels: ((to(.float32) / 2 + 0.5).clamped(min: 0, max: 1) * 255).rounded())
    }

    private func image(ofLevels levels: Tensor) throws(TorchError) -> PixelImage {
        let pixels = try levels.to(.uint8).permuted([0, 2, 3, 1]).contiguous()
        return PixelImage(width: shape[3], height: shape[2], layout: .rgb, pixels: try pixels.values(as: UInt8.self))
    }
}
