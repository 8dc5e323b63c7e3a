/// A picture as 8-bit values, rows from the top, pixels from the left, channels interleaved.
public struct PixelImage: Sendable, Equatable {
    /// The channels of a pixel, in order of storage.
    public enum Layout: String, Sendable, CaseIterable {
        case gray, grayAlpha, rgb, rgba, cmyk

        /// Bytes per pixel.
        public var channelCount: Int {
            switch self {
            case .gray: 1
            case .grayAlpha: 2
            case .rgb: 3
            case .rgba, .cmyk: 4
            }
        }

        /// True where the last channel is opacity.
        public var hasAlpha: Bool { self == .grayAlpha || self == .rgba }
    }

    /// Pixels of a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// What the values of a pixel mean.
    public let layout: Layout

    /// `[height, width, channels]`, each value 0...255.
    public var pixels: [UInt8] {
        didSet { precondition(pixels.count == oldValue.count, "The pixel count of a picture cannot change.") }
    }

    /// True for pictures stored as palette indices or single bits; `pixels` holds their expanded colours.
    ///
    /// Such pictures are always resized by nearest neighbour, as Pillow resizes its modes "P" and "1".
    public let isIndexed: Bool

    /// Wraps pixel values.
    ///
    /// - Parameter pixels: `[height, width, channels]`; exactly that many values.
    public init(width: Int, height: Int, layout: Layout, pixels: [UInt8], isIndexed: Bool = false) {
        precondition(width > 0 && height > 0, "A picture has at least one pixel; this one is \(width) x \(height).")
        let count = PixelSize(width: width, height: height).area
        precondition(
            pixels.count / layout.channelCount == count && pixels.count % layout.channelCount == 0,
            "\(width) x \(height) \(layout.rawValue) needs \(layout.channelCount) values a pixel; \(pixels.count) were given.")
        self.width = width
        self.height = height
        self.layout = layout
        self.pixels = pixels
        self.isIndexed = isIndexed
    }

    /// Width and height in pixels.
    public var size: PixelSize { PixelSize(width: width, height: height) }
    /// Bytes per pixel.
    public var channelCount: Int { layout.channelCount }

    /// A rectangle of the picture, which must lie inside it.
    public func cropped(left: Int, top: Int, width cropWidth: Int, height cropHeight: Int) -> PixelImage {
        precondition(
            left >= 0 && top >= 0 && cropWidth > 0 && cropHeight > 0 && left <= width - cropWidth && top <= height - cropHeight,
            "The crop \(cropWidth) x \(cropHeight) at (\(left), \(top)) leaves the picture of \(width) x \(height).")
        if cropWidth == width && cropHeight == height { return self }
        var result: [UInt8] = []
        result.reserveCapacity(cropWidth * cropHeight * channelCount)
        for y in top..<top + cropHeight {
            let start = (y * width + left) * channelCount
            result.append(contentsOf: pixels[start..<start + cropWidth * channelCount])
        }
        return PixelImage(width: cropWidth, height: cropHeight, layout: layout, pixels: result, isIndexed: isIndexed)
    }
}
