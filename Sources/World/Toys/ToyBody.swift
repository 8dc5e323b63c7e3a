/// Draws the bodies of toys. Each kind has a silhouette of its own, within about one unit of its middle.
struct ToyBody {
    let kind: ToyKind
    let paint: ToyPaint

    /// Width of the dark outline in body units.
    static let lineWidth: Float = 0.085

    func draw(on canvas: inout Canvas) {
        switch kind {
        case .star: part(&canvas, Box(-1.1, -1.1, 1.1, 1.1)) { Distance.star($0 - Point(0, 0.06), 0.98, 0.56) - 0.12 }
        case .moon: part(&canvas, Box(-1.05, -1.05, 1.15, 1.05)) { Distance.moon($0 - Point(0.1, 0), bite: 0.7, shift: 0.72) }
        case .heart: part(&canvas, Box(-1.1, -1.05, 1.1, 1.05)) { Distance.heart($0) - 0.04 }
        case .ball: part(&canvas, Box(-1, -1, 1, 1)) { Distance.length($0) - 0.97 }
        case .box: drawBox(&canvas)
        case .flower: drawFlower(&canvas)
        case .bear: drawBear(&canvas)
        case .bunny: drawBunny(&canvas)
        }
    }

    /// A part of the body with its outline and the pattern.
    @inline(__always)
    private func part(_ canvas: inout Canvas, _ box: Box, _ distance: (Point) -> Float) {
        canvas.outline(box, in: paint.frame, paint.line, width: Self.lineWidth, colours: paint.body, distance)
    }

    /// A part of one colour, without an outline unless asked for.
    @inline(__always)
    private func patch(
        _ canvas: inout Canvas, _ box: Box, _ colour: Colour, width: Float = 0, _ distance: (Point) -> Float
    ) {
        canvas.outline(box, in: paint.frame, width > 0 ? paint.line : colour, width: width, colours: { paint.lit(colour, $0) }, distance)
    }

    /// A cube: the front, and what shows of its top and its right side.
    private func drawBox(_ canvas: inout Canvas) {
        let depth = Point(0.34, -0.3)
        let (left, right, top, bottom): (Float, Float, Float, Float) = (-0.95, 0.62, -0.58, 0.95)
        let w = Self.lineWidth
        let topColour = paint.main.mixed(with: .white, 0.45)
        let sideColour = paint.main.scaled(0.55)
        patch(&canvas, Box(left, top + depth.y, right + depth.x, top), topColour, width: w) { p in
            let slant = (p.y - top) / depth.y * depth.x
            return max(max(p.y - top - w, top + depth.y - p.y), max(left + slant - p.x, p.x - right - slant) * 0.7)
        }
        patch(&canvas, Box(right - w, top + depth.y, right + depth.x, bottom), sideColour, width: w) { p in
            let slant = (p.x - right) / depth.x * depth.y
            return max(max(right - w - p.x, p.x - right - depth.x), max(top + slant - p.y, p.y - bottom - slant) * 0.75)
        }
        part(&canvas, Box(left, top, right, bottom)) {
            Distance.rectangle($0, Point((left + right) / 2, (top + bottom) / 2), Point((right - left) / 2, (bottom - top) / 2), rounding: 0.05)
        }
    }

    /// Six petals around a bright middle that carries the face.
    private func drawFlower(_ canvas: inout Canvas) {
        part(&canvas, Box(-1.05, -1.05, 1.05, 1.05)) { p in
            let q = Point(abs(p.x), abs(p.y))
            let petals = min(Distance.circle(q, Point(0.554, 0.32), 0.38), Distance.circle(q, Point(0, 0.64), 0.38))
            return min(petals, Distance.length(p) - 0.5)
        }
        let middle = paint.second.mixed(with: .white, 0.55)
        patch(&canvas, Box(-0.6, -0.6, 0.6, 0.6), middle, width: 0.07) { Distance.length($0) - 0.58 }
    }

    /// Round ears, a big head with a muzzle, a small body with feet.
    private func drawBear(_ canvas: inout Canvas) {
        part(&canvas, Box(-0.75, 0.55, 0.75, 1.03)) { Distance.circle(Point(abs($0.x), $0.y), Point(0.44, 0.79), 0.23) }
        part(&canvas, Box(-0.65, 0.1, 0.65, 1)) { Distance.ellipse($0, Point(0, 0.5), Point(0.58, 0.47)) }
        part(&canvas, Box(-1.05, -1.1, 1.05, -0.3)) { Distance.circle(Point(abs($0.x), $0.y), Point(0.62, -0.68), 0.34) }
        let inside = paint.second.mixed(with: .white, 0.3)
        patch(&canvas, Box(-0.85, -0.9, 0.85, -0.4), inside) { Distance.circle(Point(abs($0.x), $0.y), Point(0.64, -0.7), 0.17) }
        part(&canvas, Box(-0.85, -0.95, 0.85, 0.5)) { Distance.ellipse($0, Point(0, -0.2), Point(0.8, 0.69)) }
    }

    /// Two long ears, a round head, a small body with big feet.
    private func drawBunny(_ canvas: inout Canvas) {
        part(&canvas, Box(-0.8, 0.7, 0.8, 1.05)) { Distance.ellipse(Point(abs($0.x), $0.y), Point(0.36, 0.86), Point(0.34, 0.18)) }
        part(&canvas, Box(-0.6, 0.2, 0.6, 1)) { Distance.ellipse($0, Point(0, 0.56), Point(0.52, 0.42)) }
        part(&canvas, Box(-0.9, -1.3, 0.9, -0.1)) {
            Distance.capsule(Point(abs($0.x), $0.y), Point(0.3, -0.35), Point(0.52, -1.02), 0.22)
        }
        let inside = paint.second.mixed(with: .white, 0.3)
        patch(&canvas, Box(-0.8, -1.2, 0.8, -0.3), inside) {
            Distance.capsule(Point(abs($0.x), $0.y), Point(0.36, -0.55), Point(0.52, -1.0), 0.1)
        }
        part(&canvas, Box(-0.75, -0.65, 0.75, 0.6)) { Distance.ellipse($0, Point(0, -0.03), Point(0.7, 0.58)) }
    }
}

/// Where things are on a body.
struct ToyAnchors {
    /// The middle of the face, and its size against that of a ball.
    let face: Point
    let faceScale: Float
    /// Where a hat sits, how it leans and its size against that on a ball.
    let crown: Point
    var crownAngle: Float = 0
    var crownScale: Float = 1
    /// The highest point of the body without accessory, as a positive number of radii.
    var top: Float = 1

    init(_ kind: ToyKind) {
        switch kind {
        case .star: (face, faceScale, crown, crownScale) = (Point(0, 0.06), 0.72, Point(0, -0.62), 0.95)
        case .moon: (face, faceScale, crown, crownAngle) = (Point(-0.41, 0.05), 0.76, Point(-0.18, -0.82), -0.15)
        case .heart: (face, faceScale, crown, crownAngle) = (Point(0, -0.1), 1, Point(-0.44, -0.78), -0.3)
        case .ball: (face, faceScale, crown) = (Point(0, 0), 1, Point(0, -0.84))
        case .box: (face, faceScale, crown) = (Point(-0.165, 0.15), 0.95, Point(0, -0.68))
        case .flower: (face, faceScale, crown) = (Point(0, 0.02), 0.72, Point(0, -0.84))
        case .bear: (face, faceScale, crown, crownScale) = (Point(0, -0.16), 0.88, Point(0, -0.78), 0.92)
        case .bunny: (face, faceScale, crown, crownScale, top) = (Point(0, 0.0), 0.8, Point(0, -0.5), 0.85, 1.22)
        }
    }
}
