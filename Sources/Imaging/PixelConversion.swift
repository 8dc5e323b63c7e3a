/// Conversions between layouts as Pillow computes them.
extension PixelImage {
    /// The picture in three channels: gray repeated, alpha dropped without blending, CMYK as inks on white.
    ///
    /// A palette's colours are colours from then on: resized with a filter, no longer by nearest neighbour.
    /// Source: Pillow, Convert.c, as reached by `Image.convert("RGB")`.
    public func rgb() -> PixelImage {
        let colours = coloured()
        return PixelImage(width: width, height: height, layout: .rgb, pixels: colours.pixels)
    }

    private func coloured() -> PixelImage {
        switch layout {
        case .rgb: self
        case .gray, .grayAlpha: converted(to: .rgb) { source, result in for channel in 0..<3 { result[channel] = source[0] } }
        case .rgba: converted(to: .rgb) { source, result in for channel in 0..<3 { result[channel] = source[channel] } }
        case .cmyk:
            converted(to: .rgb) { source, result in
                let light = 255 - Int(source[3])
                for channel in 0..<3 { result[channel] = UInt8(clamping: light - Self.product(Int(source[channel]), light)) }
            }
        }
    }

    /// Colours multiplied by opacity. Source: Pillow, Convert.c, `rgbA2rgba` and `la2lA`.
    func premultiplied() -> PixelImage {
        let alpha = channelCount - 1
        return converted(to: layout) { source, result in
            for channel in 0..<alpha { result[channel] = UInt8(Self.product(Int(source[channel]), Int(source[alpha]))) }
            result[alpha] = source[alpha]
        }
    }

    /// The reverse of `premultiplied`. Source: Pillow, Convert.c, `rgba2rgbA` and `lA2la`.
    func unpremultiplied() -> PixelImage {
        let alpha = channelCount - 1
        return converted(to: layout) { source, result in
            let opacity = Int(source[alpha])
            for channel in 0..<alpha {
                let colour = Int(source[channel])
                result[channel] = opacity == 0 || opacity == 255 ? UInt8(colour) : UInt8(clamping: 255 * colour / opacity)
            }
            result[alpha] = source[alpha]
        }
    }

    /// `a * b / 255`, rounded to nearest.
    private static func product(_ a: Int, _ b: Int) -> Int {
        let sum = a * b + 128
        return ((sum >> 8) + sum) >> 8
    }

    /// Rewrites every pixel; `convert` sees one source pixel and one of the result.
    private func converted(
        to newLayout: Layout, _ convert: (UnsafeBufferPointer<UInt8>, UnsafeMutableBufferPointer<UInt8>) -> Void
    ) -> PixelImage {
        let (old, new, area) = (channelCount, newLayout.channelCount, size.area)
        let result = [UInt8](unsafeUninitializedCapacity: area * new) { output, filled in
            pixels.withUnsafeBufferPointer { input in
                for pixel in 0..<area {
                    convert(
                        UnsafeBufferPointer(rebasing: input[pixel * old..<(pixel + 1) * old]),
                        UnsafeMutableBufferPointer(rebasing: output[pixel * new..<(pixel + 1) * new]))
                }
            }
            filled = area * new
        }
        return PixelImage(width: width, height: height, layout: newLayout, pixels: result, isIndexed: isIndexed)
    }
}
