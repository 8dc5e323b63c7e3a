/// Width and height in pixels.
public struct PixelSize: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Pixels of a row.
    public let width: Int
    /// Rows.
    public let height: Int

    /// Any two numbers; whether a picture can have that size is for its maker to say.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Width times height; `Int.max` where the product would not fit.
    public var area: Int {
        let (product, overflow) = width.multipliedReportingOverflow(by: height)
        return overflow ? .max : product
    }

    /// "640 x 480".
    public var description: String { "\(width) x \(height)" }

    /// Both sides rounded down to a multiple, as the official programs treat requested sizes.
    public func roundedDown(toMultipleOf multiple: Int) -> PixelSize {
        precondition(multiple > 0, "A size is rounded to a multiple of at least 1, not \(multiple).")
        return PixelSize(width: width / multiple * multiple, height: height / multiple * multiple)
    }
}

/// A rectangle of a picture.
public struct PixelWindow: Sendable, Hashable {
    public let left, top: Int
    public let size: PixelSize

    public init(left: Int, top: Int, size: PixelSize) {
        (self.left, self.top, self.size) = (left, top, size)
    }

    /// Its columns and rows in the picture.
    public var columns: Range<Int> { left..<left + size.width }
    public var rows: Range<Int> { top..<top + size.height }
}
