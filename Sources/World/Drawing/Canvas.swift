/// A square picture being painted: shapes go over each other, each known by its signed distance.
///
/// A shape covers a pixel by `clamp(0.5 - distance * pixels, 0, 1)`, so edges are smooth at every size. The last lane of
/// a pixel collects how much of it was painted since `beginSubject`; from that come the masks.
struct Canvas {
    let size: Int
    private(set) var pixels: [SIMD4<Float>]
    /// Visible coverage of each finished subject, 0...1.
    private(set) var masks: [[Float]] = []

    init(size: Int, _ colour: Colour = .white) {
        self.size = size
        pixels = [SIMD4<Float>](repeating: colour.lanes, count: size * size)
    }

    // MARK: Shapes

    /// Paints a shape in one colour.
    ///
    /// - Parameters:
    ///   - box: bounds of the shape in the frame's coordinates; nothing outside is looked at.
    ///   - opacity: 0...1 inside the shape.
    ///   - distance: signed distance in the frame's units, negative inside.
    @inline(__always)
    mutating func fill(
        _ box: Box, in frame: Frame = .picture, _ colour: Colour, opacity: Float = 1, _ distance: (Point) -> Float
    ) {
        let sharpness = frame.scale * Float(size)
        blend(box, frame) { p, pixel in
            let coverage = min(max(0.5 - distance(p) * sharpness, 0), 1) * opacity
            if coverage > 0 { pixel += (colour.lanes - pixel) * coverage }
        }
    }

    /// Paints a shape whose colour varies from point to point.
    @inline(__always)
    mutating func fill(_ box: Box, in frame: Frame = .picture, colours: (Point) -> Colour, _ distance: (Point) -> Float) {
        let sharpness = frame.scale * Float(size)
        blend(box, frame) { p, pixel in
            let coverage = min(max(0.5 - distance(p) * sharpness, 0), 1)
            if coverage > 0 { pixel += (colours(p).lanes - pixel) * coverage }
        }
    }

    /// Paints a shape with an outline of the given width inside its edge.
    @inline(__always)
    mutating func outline(
        _ box: Box, in frame: Frame, _ line: Colour, width: Float, colours: (Point) -> Colour, _ distance: (Point) -> Float
    ) {
        let sharpness = frame.scale * Float(size)
        blend(box, frame) { p, pixel in
            let edge = 0.5 - distance(p) * sharpness
            guard edge > 0 else { return }
            let inner = min(max(edge - width * sharpness, 0), 1)
            let lanes = inner > 0 ? line.mixed(with: colours(p), inner).lanes : line.lanes
            pixel += (lanes - pixel) * min(edge, 1)
        }
    }

    /// Paints a colour with an opacity given point by point, for soft things.
    @inline(__always)
    mutating func glaze(_ box: Box, in frame: Frame = .picture, _ colour: Colour, _ opacity: (Point) -> Float) {
        blend(box, frame) { p, pixel in
            let share = opacity(p)
            if share > 0 { pixel += (colour.lanes - pixel) * min(share, 1) }
        }
    }

    /// A colour that changes evenly from the height `top` to the height `bottom`, over the whole width.
    mutating func gradient(_ top: Float, _ bottom: Float, _ from: Colour, _ to: Colour) {
        let range = rows(top, bottom)
        pixels.withUnsafeMutableBufferPointer { pixels in
            for y in range {
                let middle = (Float(y) + 0.5) / Float(size)
                let lanes = from.mixed(with: to, min(max((middle - top) / (bottom - top), 0), 1)).lanes
                // The last row is covered in part where `top` falls within a pixel.
                let coverage = min(max(0.5 + (middle - top) * Float(size), 0), 1)
                for x in y * size..<(y + 1) * size { pixels[x] += (lanes - pixels[x]) * coverage }
            }
        }
    }

    /// Visits the pixels around a box with their place in the frame.
    @inline(__always)
    private mutating func blend(_ box: Box, _ frame: Frame, _ paint: (Point, inout SIMD4<Float>) -> Void) {
        let bounds = frame.bounds(box)
        let (rows, columns) = (rows(bounds.low.y, bounds.high.y), rows(bounds.low.x, bounds.high.x))
        guard !rows.isEmpty && !columns.isEmpty else { return }
        let step = 1 / Float(size)
        pixels.withUnsafeMutableBufferPointer { pixels in
            for y in rows {
                for x in columns {
                    let d = Point((Float(x) + 0.5) * step, (Float(y) + 0.5) * step) - frame.origin
                    paint(Point((d * frame.inverseX).sum(), (d * frame.inverseY).sum()), &pixels[y * size + x])
                }
            }
        }
    }

    /// The pixels that an interval of 0...1 touches, with one more on each side for smooth edges.
    private func rows(_ low: Float, _ high: Float) -> Range<Int> {
        let limit = Float(size)
        let first = Int(min(max(low * limit - 1, 0), limit))
        let last = Int(min(max((high * limit).rounded(.up) + 1, 0), limit))
        return first..<max(first, last)
    }

    /// Sets every pixel's colour anew, from its column and row.
    mutating func replacePixels(_ colour: (Int, Int) -> SIMD4<Float>) {
        for y in 0..<size {
            for x in 0..<size { pixels[y * size + x] = colour(x, y) }
        }
    }

    // MARK: Subjects

    /// From here on painting belongs to a new subject.
    mutating func beginSubject() {
        pixels.withUnsafeMutableBufferPointer { pixels in
            for i in pixels.indices { pixels[i].w = 0 }
        }
    }

    /// Takes the mask of the subject, and hides what it covers from those before it.
    mutating func endSubject() {
        hideCovered()
        masks.append(pixels.map { $0.w })
    }

    /// Takes what was painted since `beginSubject` away from the masks, without making it a subject.
    mutating func hideCovered() {
        for earlier in masks.indices {
            for i in pixels.indices { masks[earlier][i] *= 1 - pixels[i].w }
        }
    }
}
