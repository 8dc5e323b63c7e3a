/// The colour of a toy's body, or of cloth, at every point: its pattern under a soft light from above.
struct ToyPaint {
    let pattern: ToyPattern
    let main, second, line: Colour
    let frame: Frame
    /// Turns distances within the pattern into coverage.
    private let sharpness: Float
    /// Towards the light, in the body's own coordinates.
    private let light: Point
    private let isLit: Bool

    init(pattern: ToyPattern, main: Colour, second: Colour, frame: Frame, size: Int, isLit: Bool) {
        self.pattern = pattern
        self.main = main
        self.second = second
        line = Colour.ink.mixed(with: main.scaled(0.3), 0.4)
        self.frame = frame
        sharpness = frame.scale * Float(size)
        let direction = Point(-0.45, -0.9) * frame.scale
        light = Point((direction * frame.inverseX).sum(), (direction * frame.inverseY).sum())
        self.isLit = isLit
    }

    /// The body's colour where its pattern is.
    @inline(__always)
    func body(_ p: Point) -> Colour {
        let share = min(max(0.5 - edge(p) * sharpness, 0), 1)
        return lit(main.mixed(with: second, share), p)
    }

    /// A colour under the light.
    @inline(__always)
    func lit(_ colour: Colour, _ p: Point) -> Colour {
        guard isLit else { return colour }
        let bright = colour.scaled(1 + 0.16 * (p * light).sum())
        let toSpot = p - light * 0.62
        return bright.mixed(with: .white, max(0, 0.34 - 1.7 * (toSpot * toSpot).sum()))
    }

    /// Signed distance of the second colour, negative where it covers the body.
    @inline(__always)
    private func edge(_ p: Point) -> Float {
        switch pattern {
        case .plain:
            return 1
        case .stripes:
            // Bands across the slope, 0.3 wide each.
            let t = (p.x * 0.5 + p.y * 0.866) / 0.62
            return (0.25 - abs(t - t.rounded())) * -0.62
        case .dots:
            let row = (p.y / 0.52).rounded()
            let shift: Float = Int(row) & 1 == 0 ? 0 : 0.5
            let column = (p.x / 0.6 - shift).rounded() + shift
            return Distance.length(p - Point(column * 0.6, row * 0.52)) - 0.185
        case .halves:
            return p.x
        case .belly:
            return Distance.ellipse(p, Point(0, 0.42), Point(0.52, 0.44))
        case .checks:
            let (a, b) = (p.x / 0.46, p.y / 0.46)
            let (fromX, fromY) = (abs(a - a.rounded()), abs(b - b.rounded()))
            let even = (Int(a.rounded(.down)) &+ Int(b.rounded(.down))) & 1 == 0
            return min(fromX, fromY) * 0.46 * (even ? 1 : -1)
        }
    }
}
