extension ToyAccessory {
    /// How far the accessory stands above the point it sits on, in its own units.
    var height: Float {
        switch self {
        case .none: 0
        case .hat: 0.86
        case .crown: 0.56
        case .bow: 0.4
        case .antenna: 0.82
        case .topHat: 0.74
        }
    }

    /// Draws the accessory; the origin of the frame is where it sits, a ball's radius is one unit.
    func draw(on canvas: inout Canvas, in frame: Frame, _ colour: Colour) {
        switch self {
        case .none: break
        case .hat: drawHat(&canvas, frame, colour)
        case .crown: drawCrown(&canvas, frame, colour)
        case .bow: drawBow(&canvas, frame, colour)
        case .antenna: drawAntenna(&canvas, frame, colour)
        case .topHat: drawTopHat(&canvas, frame, colour)
        }
    }

    /// A pointed party hat with a white ball on top.
    private func drawHat(_ canvas: inout Canvas, _ frame: Frame, _ colour: Colour) {
        let band = colour.mixed(with: .white, 0.65)
        canvas.outline(
            Box(-0.5, -0.75, 0.5, 0.15), in: frame, .ink, width: 0.07,
            colours: { p in
                let t = (p.y + p.x * 0.35) / 0.3
                return t - t.rounded(.down) < 0.45 ? band : colour
            }) { Distance.triangle($0, Point(-0.46, 0.12), Point(0, -0.76), Point(0.46, 0.12)) }
        canvas.outline(Box(-0.2, -0.95, 0.2, -0.5), in: frame, .ink, width: 0.06, colours: { _ in .white }) {
            Distance.circle($0, Point(0, -0.7), 0.17)
        }
    }

    /// Three high points and a band with a jewel.
    private func drawCrown(_ canvas: inout Canvas, _ frame: Frame, _ colour: Colour) {
        canvas.outline(Box(-0.6, -0.6, 0.6, 0.15), in: frame, .ink, width: 0.07, colours: { _ in colour }) { p in
            // The points: |x| folded around 0 and around 0.48, falling to the band between.
            let x = abs(p.x)
            let fromPoint = min(x, abs(x - 0.46))
            let teeth = (fromPoint * 1.75 - 0.56 - p.y) * 0.5
            return max(max(teeth, p.y - 0.1), (x - 0.52 + p.y * 0.1))
        }
        canvas.fill(Box(-0.12, -0.2, 0.12, 0.1), in: frame, .white) { Distance.circle($0, Point(0, -0.08), 0.1) }
    }

    /// Two wide loops and a knot.
    private func drawBow(_ canvas: inout Canvas, _ frame: Frame, _ colour: Colour) {
        canvas.outline(Box(-0.7, -0.5, 0.7, 0.3), in: frame, .ink, width: 0.07, colours: { _ in colour }) { point in
            let p = Point(abs(point.x), point.y + 0.1)
            return Distance.triangle(p, Point(0, 0), Point(0.58, -0.3), Point(0.58, 0.3)) - 0.06
        }
        canvas.outline(Box(-0.2, -0.3, 0.2, 0.1), in: frame, .ink, width: 0.06, colours: { _ in colour.mixed(with: .white, 0.5) }) {
            Distance.circle($0, Point(0, -0.1), 0.17)
        }
    }

    /// One long stalk with a ball.
    private func drawAntenna(_ canvas: inout Canvas, _ frame: Frame, _ colour: Colour) {
        canvas.fill(Box(-0.15, -0.6, 0.15, 0.12), in: frame, .ink) {
            Distance.capsule($0, Point(0, 0.08), Point(0, -0.5), 0.065)
        }
        canvas.outline(Box(-0.3, -0.85, 0.3, -0.3), in: frame, .ink, width: 0.07, colours: { _ in colour }) {
            Distance.circle($0, Point(0, -0.58), 0.25)
        }
    }

    /// A tall cylinder with a wide brim and a light band.
    private func drawTopHat(_ canvas: inout Canvas, _ frame: Frame, _ colour: Colour) {
        let band = colour.mixed(with: .white, 0.7)
        canvas.outline(
            Box(-0.4, -0.75, 0.4, 0.1), in: frame, .ink, width: 0.07,
            colours: { $0.y > -0.22 ? band : colour }) {
                Distance.rectangle($0, Point(0, -0.33), Point(0.36, 0.41), rounding: 0.04)
            }
        canvas.outline(Box(-0.65, -0.15, 0.65, 0.2), in: frame, .ink, width: 0.07, colours: { _ in colour }) {
            Distance.rectangle($0, Point(0, 0.02), Point(0.62, 0.12), rounding: 0.08)
        }
    }
}
