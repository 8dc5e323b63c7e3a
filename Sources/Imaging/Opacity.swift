extension PixelImage {
    /// The colours with these opacities: `.rgba`.
    ///
    /// - Parameter opacity: `[height, width]`, 0 transparent, 255 opaque.
    public func withOpacity(_ opacity: [UInt8]) -> PixelImage {
        precondition(opacity.count == size.area, "A picture of \(size) takes \(size.area) opacities; \(opacity.count) were given.")
        let colours = rgb().pixels
        var result = [UInt8](repeating: 0, count: 4 * opacity.count)
        for (pixel, value) in opacity.enumerated() {
            for channel in 0..<3 { result[4 * pixel + channel] = colours[3 * pixel + channel] }
            result[4 * pixel + 3] = value
        }
        return PixelImage(width: width, height: height, layout: .rgba, pixels: result)
    }

    /// The picture on white, in three channels; where it is transparent nothing but white is left.
    ///
    /// Source: Pillow, Paste.c, `paste_mask_L`.
    public func onWhite() -> PixelImage {
        guard layout.hasAlpha else { return rgb() }
        let alpha = channelCount - 1, isGray = layout == .grayAlpha
        var result: [UInt8] = []
        result.reserveCapacity(3 * size.area)
        for start in stride(from: 0, to: pixels.count, by: channelCount) {
            let opacity = Int(pixels[start + alpha])
            for channel in 0..<3 {
                let sum = 255 * (255 - opacity) + Int(pixels[start + (isGray ? 0 : channel)]) * opacity + 128
                result.append(UInt8(((sum >> 8) + sum) >> 8))
            }
        }
        return PixelImage(width: width, height: height, layout: .rgb, pixels: result)
    }
}
