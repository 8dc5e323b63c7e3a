public import Imaging
public import Torch

/// Cuts the subject of a picture out of its background, as BEN2's own program does.
public struct BackgroundRemover {
    private let network: BEN2
    /// The size that the network looks at; a picture is stretched to it.
    private let inputSize: PixelSize
    private let device: Device

    /// - Parameter device: where the network's weights are.
    public init(_ network: BEN2, inputSize: PixelSize = PixelSize(width: 1024, height: 1024), device: Device = .cpu) {
        self.network = network
        self.inputSize = inputSize
        self.device = device
    }

    /// The picture with the background made transparent: `.rgba`, of the same size; colours stay, also where nothing is seen of them.
    ///
    /// Opacity already in the picture is dropped. `onWhite()` of the result is what DreamO's program hands on.
    ///
    /// - Parameter name: what errors call the picture.
    /// - Throws: `VisionError.noSubject` where the network's answer is the same everywhere, `ImagingError`, `TorchError`.
    public func callAsFunction(_ picture: PixelImage, name: String = "the picture") throws -> PixelImage {
        let rgb = picture.rgb()
        // Made anew, since a palette would otherwise be resized without blending.
        let plain = PixelImage(width: rgb.width, height: rgb.height, layout: .rgb, pixels: rgb.pixels)
        return plain.withOpacity(try opacity(from: mask(of: plain), for: plain.size, name: name))
    }

    /// The network's answer, `[1, 1, height, width]` of the input size.
    package func mask(of picture: PixelImage) throws -> Tensor {
        let resized = try picture.resized(width: inputSize.width, height: inputSize.height, filter: .lanczos)
        return try network(Tensor.colours(of: resized).normalizedForImageNet().contiguous().to(device))
    }

    /// The mask at the picture's size, stretched so that it spans 0 to 255, and truncated.
    private func opacity(from mask: Tensor, for size: PixelSize, name: String) throws -> [UInt8] {
        let mask = try mask.interpolatedBilinear(height: size.height, width: size.width)
        let (low, high) = try (mask.amin(), mask.amax())
        guard try high.item() > low.item() else { throw VisionError.noSubject(picture: name) }
        return try ((mask - low) / (high - low) * 255).to(.uint8).values(as: UInt8.self)
    }
}
