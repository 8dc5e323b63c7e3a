internal import Imaging

extension GarmentIdentity {
    /// Draws the doll in the garment; the garment alone is the subject.
    func draw(on canvas: inout Canvas, _ pose: Pose, _ bearing: DollBearing, isLit: Bool = true) {
        let doll = Doll(frame: pose.frame, bearing: bearing)
        doll.draw(on: &canvas, wearsShirt: kind == .dungarees)
        canvas.beginSubject()
        GarmentCut(garment: self, bearing: bearing, frame: pose.frame, size: canvas.size, isLit: isLit).draw(on: &canvas)
        canvas.endSubject()
        canvas.beginSubject()
        doll.drawHead(on: &canvas)
        canvas.hideCovered()
    }

    /// The garment alone, flat before a light grey ground.
    func drawnAlone(size: Int, from random: inout RandomStream) -> PixelImage {
        let pose = Pose(garment: kind, from: &random)
        var canvas = Canvas(size: size, Colour(gray: random.uniform(0.86, 1)))
        canvas.beginSubject()
        GarmentCut(garment: self, bearing: .flat, frame: pose.frame, size: size, isLit: true).draw(on: &canvas)
        canvas.endSubject()
        return canvas.picture()
    }
}

/// The doll that wears garments, always the same one. One unit is half its height.
struct Doll {
    let frame: Frame
    let bearing: DollBearing

    static let shoulder = Point(0.24, -0.26)
    static let armLength: Float = 0.5
    static let lineWidth: Float = 0.04
    private static let skin = Colour(0.96, 0.80, 0.64)

    /// The direction of an arm, towards the right as seen.
    static func direction(_ angle: Float) -> Point { Point(sin(angle), cos(angle)) }

    func draw(on canvas: inout Canvas, wearsShirt: Bool) {
        part(&canvas, Box(-0.35, 0.1, 0.35, 1), Self.skin) { Distance.capsule(Point(abs($0.x), $0.y), Point(0.14, 0.2), Point(0.16, 0.86), 0.1) }
        part(&canvas, Box(-0.35, 0.8, 0.35, 1), Colour(0.30, 0.20, 0.18)) {
            Distance.rectangle(Point(abs($0.x), $0.y), Point(0.18, 0.91), Point(0.14, 0.08), rounding: 0.07)
        }
        let sleeve = wearsShirt ? Colour(0.97, 0.97, 0.95) : Self.skin
        for (side, angle) in [(Float(-1), bearing.leftArm), (1, bearing.rightArm)] {
            let hand = Self.shoulder + Self.direction(angle) * Self.armLength
            let reach = Self.shoulder + Self.direction(angle) * (Self.armLength * 0.45)
            part(&canvas, Box(-0.9, -0.9, 0.9, 0.4), Self.skin) {
                Distance.capsule(Point($0.x * side, $0.y), Self.shoulder, hand, 0.085)
            }
            if wearsShirt {
                part(&canvas, Box(-0.9, -0.9, 0.9, 0.4), sleeve) {
                    Distance.capsule(Point($0.x * side, $0.y), Self.shoulder, reach, 0.115)
                }
            }
        }
        part(&canvas, Box(-0.3, -0.4, 0.3, 0.3), sleeve) { Distance.rectangle($0, Point(0, -0.06), Point(0.26, 0.32), rounding: 0.1) }
    }

    func drawHead(on canvas: inout Canvas) {
        let hair = Colour(0.42, 0.26, 0.16)
        part(&canvas, Box(-0.4, -1.05, 0.4, -0.3), hair) { Distance.circle($0, Point(0, -0.68), 0.33) }
        part(&canvas, Box(-0.3, -0.95, 0.3, -0.3), Self.skin) { Distance.ellipse($0, Point(0, -0.61), Point(0.26, 0.25)) }
        canvas.fill(Box(-0.2, -0.75, 0.2, -0.5), in: frame, .ink) { Distance.circle(Point(abs($0.x), $0.y), Point(0.11, -0.63), 0.045) }
        canvas.fill(Box(-0.2, -0.6, 0.2, -0.4), in: frame, Colour(0.75, 0.2, 0.2)) {
            Distance.arc($0, Point(0, -0.55), 0.09, halfAngle: 0.4, 0.917, 0.022)
        }
    }

    @inline(__always)
    private func part(_ canvas: inout Canvas, _ box: Box, _ colour: Colour, _ distance: (Point) -> Float) {
        canvas.outline(box, in: frame, .ink, width: Self.lineWidth, colours: { _ in colour }, distance)
    }
}

/// Draws a garment in the doll's coordinates, cut to the arms it is worn with.
struct GarmentCut {
    let garment: GarmentIdentity
    let bearing: DollBearing
    let frame: Frame
    private let paint: ToyPaint

    init(garment: GarmentIdentity, bearing: DollBearing, frame: Frame, size: Int, isLit: Bool) {
        self.garment = garment
        self.bearing = bearing
        self.frame = frame
        // The cloth's pattern is that of a toy of half the doll's size around the waist.
        paint = ToyPaint(
            pattern: garment.pattern, main: Colour(garment.main), second: Colour(garment.second),
            frame: frame.inner(Point(0, -0.02), scale: Self.patternScale), size: size, isLit: isLit)
    }

    private static let patternScale: Float = 0.42

    func draw(on canvas: inout Canvas) {
        switch garment.kind {
        case .shirt: drawSleeves(&canvas, share: 0.42, width: 0.14)
        case .dress: drawSleeves(&canvas, share: 0.3, width: 0.15)
        case .jumper: drawSleeves(&canvas, share: 0.92, width: 0.145)
        case .dungarees: break
        }
        drawTrunk(&canvas)
        drawCollar(&canvas)
    }

    private func drawSleeves(_ canvas: inout Canvas, share: Float, width: Float) {
        for (side, angle) in [(Float(-1), bearing.leftArm), (1, bearing.rightArm)] {
            let shoulder = Doll.shoulder - Point(0.02, -0.02)
            let end = Doll.shoulder + Doll.direction(angle) * (Doll.armLength * share)
            cloth(&canvas, Box(-0.95, -0.95, 0.95, 0.45)) { Distance.capsule(Point($0.x * side, $0.y), shoulder, end, width) }
        }
    }

    private func drawTrunk(_ canvas: inout Canvas) {
        switch garment.kind {
        case .shirt:
            cloth(&canvas, Box(-0.4, -0.45, 0.4, 0.35)) { Distance.rectangle($0, Point(0, -0.05), Point(0.32, 0.35), rounding: 0.07) }
        case .jumper:
            cloth(&canvas, Box(-0.45, -0.45, 0.45, 0.45)) { Distance.rectangle($0, Point(0, -0.01), Point(0.35, 0.39), rounding: 0.12) }
            let hem = Colour(garment.second)
            canvas.outline(Box(-0.4, 0.25, 0.4, 0.42), in: frame, paint.line, width: Doll.lineWidth, colours: { _ in hem }) {
                Distance.rectangle($0, Point(0, 0.33), Point(0.32, 0.065), rounding: 0.04)
            }
        case .dress:
            cloth(&canvas, Box(-0.75, -0.45, 0.75, 0.75)) { p in
                // Narrow at the waist, wide at the hem.
                let half = p.y < 0.02 ? 0.29 - (p.y + 0.4) * 0.12 : 0.24 + (p.y - 0.02) * 0.68
                return max(max(-0.4 - p.y, p.y - 0.66), (abs(p.x) - half) * 0.83)
            }
        case .dungarees:
            cloth(&canvas, Box(-0.4, 0, 0.4, 0.85)) { p in
                let leg = Distance.rectangle(Point(abs(p.x), p.y), Point(0.165, 0.48), Point(0.155, 0.33), rounding: 0.04)
                return min(leg, Distance.rectangle(p, Point(0, 0.16), Point(0.32, 0.2), rounding: 0.06))
            }
            cloth(&canvas, Box(-0.3, -0.45, 0.3, 0.2)) { p in
                let strap = Distance.rectangle(Point(abs(p.x), p.y), Point(0.17, -0.27), Point(0.065, 0.14), rounding: 0.02)
                return min(strap, Distance.rectangle(p, Point(0, 0), Point(0.25, 0.19), rounding: 0.03))
            }
        }
    }

    private func drawCollar(_ canvas: inout Canvas) {
        guard garment.kind != .dungarees else { return drawButtons(&canvas) }
        let white = Colour(0.98, 0.98, 0.97)
        switch garment.collar {
        case .none: break
        case .round:
            canvas.outline(Box(-0.3, -0.5, 0.3, -0.1), in: frame, .ink, width: 0.03, colours: { _ in white }) {
                max(Distance.circle(Point(abs($0.x), $0.y), Point(0.1, -0.33), 0.14), -0.42 - $0.y)
            }
        case .pointed:
            canvas.outline(Box(-0.3, -0.5, 0.3, 0), in: frame, .ink, width: 0.03, colours: { _ in white }) {
                Distance.triangle(Point(abs($0.x), $0.y), Point(0, -0.42), Point(0.26, -0.42), Point(0.15, -0.1))
            }
        }
    }

    /// Dungarees have buttons where others have a collar.
    private func drawButtons(_ canvas: inout Canvas) {
        guard garment.collar != .none else { return }
        let colour = garment.collar == .round ? Colour(1, 0.85, 0.2) : .white
        canvas.outline(Box(-0.3, -0.25, 0.3, 0), in: frame, .ink, width: 0.025, colours: { _ in colour }) {
            Distance.circle(Point(abs($0.x), $0.y), Point(0.17, -0.13), 0.075)
        }
    }

    /// A piece of cloth with its outline and the pattern.
    @inline(__always)
    private func cloth(_ canvas: inout Canvas, _ box: Box, _ distance: (Point) -> Float) {
        canvas.outline(
            box, in: frame, paint.line, width: Doll.lineWidth,
            colours: { paint.body(($0 - Point(0, -0.02)) / Self.patternScale) }, distance)
    }
}
