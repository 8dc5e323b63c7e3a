import Imaging
import Torch

extension Tensor {
    /// The colours of a picture, `[1, 3, height, width]`, float32, 0...255; opacity is dropped without blending.
    static func colours(of picture: PixelImage) throws(TorchError) -> Tensor {
        let rgb = picture.rgb()
        return try Tensor(rgb.pixels, shape: [1, rgb.height, rgb.width, 3]).permuted([0, 3, 1, 2]).to(.float32)
    }

    /// Colours `[1, 3, height, width]`, 0...255, as networks trained on ImageNet take them: its mean 0, its deviation 1.
    func normalizedForImageNet() throws(TorchError) -> Tensor {
        let mean = try Tensor([0.485, 0.456, 0.406] as [Float], shape: [1, 3, 1, 1])
        let deviation = try Tensor([0.229, 0.224, 0.225] as [Float], shape: [1, 3, 1, 1])
        return try (self / 255 - mean) / deviation
    }
}
