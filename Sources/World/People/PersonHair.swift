/// Draws hair: what hangs behind the head, and what lies before the forehead.
struct PersonHair {
    let shape: HairShape
    let colour: Colour
    /// Half the width and height of the face.
    let half: Point
    let frame: Frame

    func drawBehind(on canvas: inout Canvas) {
        let (w, h) = (half.x, half.y)
        switch shape {
        case .long:
            strand(&canvas, Box(-w - 0.3, -h - 0.2, w + 0.3, 1.25)) {
                Distance.rectangle($0, Point(0, 0.1), Point(w + 0.24, h + 0.3), rounding: 0.6)
            }
        case .curly:
            strand(&canvas, Box(-w - 0.6, -h - 0.5, w + 0.6, 0.7)) { p in
                let q = Point(abs(p.x), p.y)
                let low = min(Distance.circle(q, Point(w + 0.08, 0.2), 0.34), Distance.circle(q, Point(w + 0.1, -0.3), 0.4))
                return min(low, min(Distance.circle(q, Point(w * 0.62, -h * 0.85), 0.42), Distance.circle(q, Point(0, -h - 0.05), 0.42)))
            }
        case .bun:
            strand(&canvas, Box(-0.5, -h - 0.7, 0.5, -h + 0.3)) { Distance.circle($0, Point(0, -h - 0.2), 0.38) }
        case .tails:
            strand(&canvas, Box(-w - 0.8, -0.6, w + 0.8, 0.8)) {
                Distance.capsule(Point(abs($0.x), $0.y), Point(w + 0.22, -0.2), Point(w + 0.36, 0.42), 0.28)
            }
        case .mohawk:
            strand(&canvas, Box(-0.4, -h - 0.6, 0.4, -0.3)) {
                Distance.rectangle($0, Point(0, -h), Point(0.24, 0.48), rounding: 0.2)
            }
        case .bald, .short, .fringe: break
        }
    }

    func drawBefore(on canvas: inout Canvas) {
        switch shape {
        case .bald, .mohawk: break
        case .short: cap(&canvas, line: -0.42, slant: 0.35)
        case .long: cap(&canvas, line: -0.38, parting: 0.9)
        case .curly: cap(&canvas, line: -0.45, slant: 0)
        case .bun: cap(&canvas, line: -0.5, parting: -0.5)
        case .tails: cap(&canvas, line: -0.42, parting: 0.7)
        case .fringe: cap(&canvas, line: -0.26, slant: 0, sides: 0.42)
        }
    }

    /// Hair over the top of the head, down to a line across the forehead.
    ///
    /// - Parameters:
    ///   - line: height of the lower edge in the middle.
    ///   - slant: how much lower it is on one side than in the middle.
    ///   - parting: how fast it falls to both sides from the middle.
    ///   - sides: how far it comes down beside the face.
    private func cap(_ canvas: inout Canvas, line: Float, slant: Float = 0, parting: Float = 0, sides: Float = 0) {
        let (w, h) = (half.x + 0.08, half.y + 0.1)
        strand(&canvas, Box(-w - 0.05, -h - 0.05, w + 0.05, max(0.3, sides))) { p in
            let skull = Distance.ellipse(p, Point(0, 0), Point(w, h))
            let edge = (p.y - line - p.x * slant - abs(p.x) * parting) * 0.75
            let cut = sides > 0 && abs(p.x) > half.x - 0.14 ? p.y - sides : edge
            return max(skull, cut)
        }
    }

    @inline(__always)
    private func strand(_ canvas: inout Canvas, _ box: Box, _ distance: (Point) -> Float) {
        canvas.outline(box, in: frame, .ink, width: 0.07, colours: { colour.scaled(1.04 - 0.12 * $0.y) }, distance)
    }
}
