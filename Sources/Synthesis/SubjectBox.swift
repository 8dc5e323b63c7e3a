public import Imaging

/// Where a subject is in its picture: a rectangle in pixels, as detectors give it.
public struct SubjectBox: Sendable, Codable, Equatable {
    /// Of the corner at the top left, from the picture's.
    public var left, top: Double
    public var width, height: Double

    public init(left: Double, top: Double, width: Double, height: Double) {
        (self.left, self.top, self.width, self.height) = (left, top, width, height)
    }

    /// The whole picture.
    public init(of picture: PixelImage) {
        self.init(left: 0, top: 0, width: Double(picture.width), height: Double(picture.height))
    }

    /// The smallest box around the pixels of a gray mask that are at least half covered; nil where none is.
    public init?(around mask: PixelImage) {
        var columns = mask.width..<mask.width, rows = mask.height..<mask.height
        for y in 0..<mask.height {
            for x in 0..<mask.width where mask.pixels[(y * mask.width + x) * mask.channelCount] >= 128 {
                columns = min(columns.lowerBound, x)..<max(columns.isEmpty ? 0 : columns.upperBound, x + 1)
                rows = min(rows.lowerBound, y)..<(y + 1)
            }
        }
        guard !columns.isEmpty else { return nil }
        self.init(left: Double(columns.lowerBound), top: Double(rows.lowerBound), width: Double(columns.count), height: Double(rows.count))
    }

    /// Sides below this show nothing.
    private static let smallestSide = 4.0

    /// A square part of the picture around the box; less than square only where the picture is too small for it.
    ///
    /// - Parameter margin: room on every side, as a share of the box's longer side.
    /// - Returns: nil where hardly any of the box is in the picture.
    public func crop(of picture: PixelImage, margin: Double) -> PixelImage? {
        let (right, bottom) = (min(left + width, Double(picture.width)), min(top + height, Double(picture.height)))
        let (left, top) = (max(left, 0), max(top, 0))
        guard right - left >= Self.smallestSide, bottom - top >= Self.smallestSide else { return nil }
        let side = max(right - left, bottom - top) * (1 + 2 * margin)
        let (x, width) = Self.span(around: (left + right) / 2, side, within: picture.width)
        let (y, height) = Self.span(around: (top + bottom) / 2, side, within: picture.height)
        return picture.cropped(left: x, top: y, width: width, height: height)
    }

    /// Moved into the picture where it reaches over the edge.
    private static func span(around middle: Double, _ side: Double, within limit: Int) -> (start: Int, length: Int) {
        let length = min(max(1, Int(side.rounded())), limit)
        let start = Int((middle - Double(length) / 2).rounded())
        return (min(max(start, 0), limit - length), length)
    }
}
