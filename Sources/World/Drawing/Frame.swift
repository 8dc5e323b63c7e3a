/// A point or a direction. Pictures are one unit wide and high, y grows downwards; bodies have about radius one.
typealias Point = SIMD2<Float>

/// A rectangle in the coordinates of a frame.
struct Box {
    var low, high: Point

    init(_ left: Float, _ top: Float, _ right: Float, _ bottom: Float) {
        low = Point(left, top)
        high = Point(right, bottom)
    }

    init(centre: Point, _ halfWidth: Float, _ halfHeight: Float) {
        low = centre - Point(halfWidth, halfHeight)
        high = centre + Point(halfWidth, halfHeight)
    }

    static let picture = Box(0, 0, 1, 1)
}

/// Coordinates of a thing within a picture: turned, scaled, squashed and perhaps mirrored.
struct Frame {
    /// Where the thing's own origin lies.
    let origin: Point
    /// The thing's unit steps to the right and downwards, in units of the picture.
    let right, down: Point
    /// From a difference in picture units to own units: rows of the inverse matrix.
    let inverseX, inverseY: Point
    /// Picture units per own unit, for turning own distances into coverage. The smaller side of a squashed thing.
    let scale: Float

    static let picture = Frame(origin: Point(0, 0), right: Point(1, 0), down: Point(0, 1))

    init(origin: Point, right: Point, down: Point) {
        self.origin = origin
        self.right = right
        self.down = down
        let determinant = right.x * down.y - right.y * down.x
        inverseX = Point(down.y, -down.x) / determinant
        inverseY = Point(-right.y, right.x) / determinant
        scale = min((right * right).sum(), (down * down).sum()).squareRoot()
    }

    /// - Parameters:
    ///   - angle: radians, clockwise as seen.
    ///   - squash: how much wider than high; 0.1 is ten percent wider and ten percent lower.
    init(centre: Point, scale: Float, angle: Float = 0, squash: Float = 0, mirrored: Bool = false) {
        let (sine, cosine) = (sin(angle), cos(angle))
        let across = scale * (1 + squash) * (mirrored ? -1 : 1)
        let along = scale * (1 - squash)
        self.init(origin: centre, right: Point(cosine, sine) * across, down: Point(-sine, cosine) * along)
    }

    /// A thing in the coordinates of this one.
    func inner(_ centre: Point, scale: Float = 1, angle: Float = 0) -> Frame {
        let (sine, cosine) = (sin(angle) * scale, cos(angle) * scale)
        return Frame(
            origin: point(centre), right: right * cosine + down * sine, down: down * cosine - right * sine)
    }

    /// From own coordinates to the picture's.
    func point(_ p: Point) -> Point { origin + right * p.x + down * p.y }

    /// The picture's rectangle around a rectangle of this frame.
    func bounds(_ box: Box) -> Box {
        let centre = point((box.low + box.high) / 2)
        let half = (box.high - box.low) / 2
        let reach = Point(abs(right.x), abs(right.y)) * half.x + Point(abs(down.x), abs(down.y)) * half.y
        return Box(centre: centre, reach.x, reach.y)
    }

    private func abs(_ value: Float) -> Float { Swift.abs(value) }
}
