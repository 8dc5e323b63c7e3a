public import Imaging
public import Layers

extension RowBands {
    /// Bands for a picture that is large enough for memory to matter; nil does the whole at once.
    ///
    /// A band has about 65,536 pixels at full resolution, so the temporary copies of one, 64 MB each at 256 channels, are small
    /// beside the picture's activations. `atelier bench autoencoder` measures what other heights cost.
    public static func forPicture(_ size: PixelSize) -> RowBands? {
        guard size.area > 640 * 640 else { return nil }
        return RowBands(pixels: 65_536, of: size)
    }

    /// Bands of about `pixels` pixels at full resolution.
    init(pixels: Int, of size: PixelSize) { self.init(height: max(8, pixels / size.width)) }
}
