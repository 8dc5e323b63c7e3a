package import Imaging

/// A square part of a picture, in shares of its side.
public struct PictureWindow: Sendable, Hashable {
    /// Distance of its corner from the left and from the top; the window may reach over the picture's edge.
    public var left, top: Float
    public var side: Float

    public init(left: Float, top: Float, side: Float) {
        self.left = left
        self.top = top
        self.side = side
    }

    /// The whole picture.
    public static let whole = PictureWindow(left: 0, top: 0, side: 1)

    /// Where the world puts its toy number `position` from the left of `count`, with room for what it wears.
    ///
    /// A generated picture does not say where its toys stand, so the window is the same for every picture of that many toys.
    public static func expected(position: Int, of count: Int) -> PictureWindow {
        switch count {
        case ...1: PictureWindow(left: 0.04, top: 0.08, side: 0.92)
        case 2: PictureWindow(left: position == 0 ? -0.02 : 0.43, top: 0.29, side: 0.59)
        default: PictureWindow(left: [0.18, 0.5, 0.82][min(max(position, 0), 2)] - 0.2, top: 0.4, side: 0.4)
        }
    }

    /// The window moved and scaled a little.
    package func jittered(across: Float, down: Float, scale: Float) -> PictureWindow {
        let grown = side * (1 + scale)
        return PictureWindow(
            left: left + across * side - (grown - side) / 2, top: top + down * side - (grown - side) / 2, side: grown)
    }

    /// The colours of the window, averaged or interpolated to `side` x `side` pixels; beyond the picture its edge goes on.
    ///
    /// - Parameter picture: `[3, height, width]`.
    /// - Returns: `[3, side, side]`.
    package func sampled(_ picture: ArraySlice<Float>, height: Int, width: Int, side outputs: Int) -> [Float] {
        let columns = taps(from: left, length: width, outputs: outputs), rows = taps(from: top, length: height, outputs: outputs)
        var result = [Float](repeating: 0, count: 3 * outputs * outputs)
        var wide = [Float](repeating: 0, count: height * outputs)
        picture.withUnsafeBufferPointer { input in
            for channel in 0..<3 {
                for y in 0..<height {
                    let row = (channel * height + y) * width
                    for (x, taps) in columns.enumerated() {
                        var sum: Float = 0
                        for tap in taps { sum += tap.weight * input[row + tap.place] }
                        wide[y * outputs + x] = sum
                    }
                }
                for (y, taps) in rows.enumerated() {
                    let row = (channel * outputs + y) * outputs
                    for tap in taps {
                        for x in 0..<outputs { result[row + x] += tap.weight * wide[tap.place * outputs + x] }
                    }
                }
            }
        }
        return result
    }

    /// The same of a picture in bytes, RGB, as values -1...1.
    package func sampled(_ picture: PixelImage, side outputs: Int) -> [Float] {
        let rgb = picture.rgb(), area = rgb.width * rgb.height
        var planes = [Float](repeating: 0, count: 3 * area)
        for channel in 0..<3 {
            for pixel in 0..<area { planes[channel * area + pixel] = Float(rgb.pixels[3 * pixel + channel]) / 127.5 - 1 }
        }
        return sampled(planes[...], height: rgb.height, width: rgb.width, side: outputs)
    }

    /// For every output, which inputs it takes and how much of each: bilinear, at as many points as it takes to miss no input.
    private func taps(from start: Float, length: Int, outputs: Int) -> [[(place: Int, weight: Float)]] {
        let step = side * Float(length) / Float(outputs), points = max(1, Int(step.rounded(.up)))
        return (0..<outputs).map { output in
            var weights: [Int: Float] = [:]
            for point in 0..<points {
                let place = start * Float(length) + (Float(output) + (Float(point) + 0.5) / Float(points)) * step - 0.5
                let low = place.rounded(.down), share = place - low
                weights[min(max(Int(low), 0), length - 1), default: 0] += (1 - share) / Float(points)
                weights[min(max(Int(low) + 1, 0), length - 1), default: 0] += share / Float(points)
            }
            // In order, so that equal pictures give equal sums.
            return weights.sorted { $0.key < $1.key }.map { (place: $0.key, weight: $0.value) }
        }
    }
}
