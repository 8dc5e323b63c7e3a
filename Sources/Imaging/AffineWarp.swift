/// A map of the plane, `(x, y)` to `(a x + b y + c, d x + e y + f)`, in pixels.
public struct AffineTransform2D: Sendable, Equatable {
    public var a, b, c, d, e, f: Double

    public init(a: Double, b: Double, c: Double, d: Double, e: Double, f: Double) {
        (self.a, self.b, self.c, self.d, self.e, self.f) = (a, b, c, d, e, f)
    }

    /// The map back; with zeros where there is none. Source: OpenCV, `warpAffine`.
    var inverted: AffineTransform2D {
        let determinant = a * e - b * d
        let factor = determinant == 0 ? 0 : 1 / determinant
        let (a, b, d, e) = (e * factor, -b * factor, -d * factor, self.a * factor)
        return AffineTransform2D(a: a, b: b, c: -a * c - b * f, d: d, e: e, f: -d * c - e * f)
    }
}

extension PixelImage {
    /// The picture moved by a map, as OpenCV's `warpAffine` does it on 8-bit pictures: bilinear, in steps of 1/32 pixel, level
    /// for level.
    ///
    /// Source: OpenCV 4, imgproc/imgwarp.cpp, `warpAffine` and `remapBilinear`.
    ///
    /// - Parameters:
    ///   - transform: from places in this picture to places in the new one; finite numbers.
    ///   - border: the value of every channel outside this picture, `channelCount` values.
    public func warped(by transform: AffineTransform2D, to newSize: PixelSize, border: [UInt8]) throws(ImagingError) -> PixelImage {
        precondition(border.count == channelCount, "\(layout.rawValue) has \(channelCount) channels; the border has \(border.count) values.")
        guard newSize.width > 0, newSize.height > 0, newSize.area <= PictureReading.defaultPixelLimit else {
            throw .impossibleSize(newSize, limit: PictureReading.defaultPixelLimit)
        }
        let back = transform.inverted
        let across = (0..<newSize.width).map { (Self.fixed(back.a * Double($0)), Self.fixed(back.d * Double($0))) }
        let border = border.map(Int.init)
        var result: [UInt8] = []
        result.reserveCapacity(newSize.area * channelCount)
        pixels.withUnsafeBufferPointer { input in
            for y in 0..<newSize.height {
                let startX = Self.fixed(back.b * Double(y) + back.c) + 16, startY = Self.fixed(back.e * Double(y) + back.f) + 16
                for (stepX, stepY) in across {
                    appendBlend(of: input, x: (startX + stepX) >> 5, y: (startY + stepY) >> 5, border: border, to: &result)
                }
            }
        }
        return PixelImage(width: newSize.width, height: newSize.height, layout: layout, pixels: result)
    }

    /// In 1/1024 pixel, half to even, within 32 bits; far outside where it is no number.
    private static func fixed(_ value: Double) -> Int {
        value.isNaN ? Int(Int32.min) : Int(max(Double(Int32.min), min((value * 1024).rounded(.toNearestOrEven), Double(Int32.max))))
    }

    /// - Parameters:
    ///   - x: in 1/32 pixel, as `y`.
    private func appendBlend(of input: UnsafeBufferPointer<UInt8>, x: Int, y: Int, border: [Int], to result: inout [UInt8]) {
        let (column, row) = (x >> 5, y >> 5), (right, lower) = (x & 31, y & 31)
        let weights = [(32 - right) * (32 - lower), right * (32 - lower), (32 - right) * lower, right * lower]
        for channel in 0..<channelCount {
            var sum = 1 << 14
            for tap in 0..<4 {
                let (x, y) = (column + tap & 1, row + tap >> 1)
                let inside = x >= 0 && x < width && y >= 0 && y < height
                sum += weights[tap] * 32 * (inside ? Int(input[(y * width + x) * channelCount + channel]) : border[channel])
            }
            result.append(UInt8(sum >> 15))
        }
    }
}
