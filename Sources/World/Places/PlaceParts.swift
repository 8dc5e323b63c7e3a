/// Things that stand in several places.
extension Canvas {
    /// Three puffs side by side; `width` is that of the whole cloud.
    mutating func cloud(_ x: Float, _ y: Float, _ width: Float, _ colour: Colour = .white) {
        let frame = Frame(centre: Point(x, y), scale: width / 2)
        fill(Box(-1, -0.62, 1, 0.3), in: frame, colour, opacity: 0.95) { p in
            let puffs = min(Distance.circle(p, Point(-0.55, 0), 0.32), Distance.circle(p, Point(0.5, 0.02), 0.34))
            return max(min(puffs, Distance.circle(p, Point(-0.02, -0.14), 0.46)), p.y - 0.24)
        }
    }

    /// A sun or a moon with a soft glow.
    mutating func disc(_ x: Float, _ y: Float, _ radius: Float, _ colour: Colour, glow: Float = 0.35) {
        let centre = Point(x, y)
        glaze(Box(centre: centre, radius * 2.2, radius * 2.2), colour) { p in
            glow * max(0, 1 - Distance.length(p - centre) / (radius * 2.2))
        }
        fill(Box(centre: centre, radius, radius), colour) { Distance.circle($0, centre, radius) }
    }

    /// A fir of three tiers on a short trunk; `foot` is where it stands.
    mutating func fir(_ x: Float, foot y: Float, height: Float, _ colour: Colour, snow: Bool = false) {
        let frame = Frame(centre: Point(x, y), scale: height)
        fill(Box(-0.07, -0.2, 0.07, 0), in: frame, Colour(0.36, 0.24, 0.16)) {
            Distance.rectangle($0, Point(0, -0.1), Point(0.06, 0.1))
        }
        for (tier, top) in [Float(-0.52), -0.78, -1].enumerated() {
            let half = 0.36 - 0.07 * Float(tier)
            let bottom = top + 0.42
            let (left, right, tip) = (Point(-half, bottom), Point(half, bottom), Point(0, top))
            fill(Box(-half, top, half, bottom), in: frame, colour.scaled(0.88 + 0.1 * Float(tier))) {
                Distance.triangle($0, left, tip, right)
            }
            if snow {
                fill(Box(-half, top, half, bottom), in: frame, .white) {
                    max(Distance.triangle($0, left, tip, right), $0.y - top - 0.16 + abs($0.x) * 0.25)
                }
            }
        }
    }

    /// A plain rectangle.
    mutating func block(_ left: Float, _ top: Float, _ right: Float, _ bottom: Float, _ colour: Colour, rounding: Float = 0) {
        let centre = Point((left + right) / 2, (top + bottom) / 2)
        let half = Point((right - left) / 2, (bottom - top) / 2)
        fill(Box(left, top, right, bottom), colour) { Distance.rectangle($0, centre, half, rounding: rounding) }
    }

    /// Ground whose edge is a wide hill: height `y` at the sides, `rise` higher at `peak`.
    mutating func hill(_ y: Float, peak: Float, rise: Float, _ colour: Colour, _ bottom: Colour) {
        let width: Float = 0.55
        fill(
            Box(0, y - max(rise, 0) - 0.01, 1, 1),
            colours: { colour.mixed(with: bottom, min(max(($0.y - y) / (1 - y), 0), 1)) }
        ) { p in
            let t = (p.x - peak) / width
            return (y - rise / (1 + 2 * t * t) - p.y) * 0.9
        }
    }
}
