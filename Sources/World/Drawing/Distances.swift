/// Signed distances, negative inside. Exact where cheap; elsewhere near the outline, which is where coverage looks.
enum Distance {
    @inline(__always)
    static func length(_ p: Point) -> Float { (p * p).sum().squareRoot() }

    @inline(__always)
    static func circle(_ p: Point, _ centre: Point, _ radius: Float) -> Float { length(p - centre) - radius }

    /// Rectangle with rounded corners; `half` includes the rounding.
    @inline(__always)
    static func rectangle(_ p: Point, _ centre: Point, _ half: Point, rounding: Float = 0) -> Float {
        let d = p - centre
        let q = Point(abs(d.x), abs(d.y)) - half + rounding
        let outside = q.replacing(with: 0, where: q .< 0)
        return length(outside) + min(max(q.x, q.y), 0) - rounding
    }

    /// Near the outline the distance of an ellipse, to first order.
    @inline(__always)
    static func ellipse(_ p: Point, _ centre: Point, _ radii: Point) -> Float {
        let d = p - centre
        let q = d / radii
        let k = length(q)
        let slope = length(q / radii)
        return slope > 1e-5 ? k * (k - 1) / slope : -min(radii.x, radii.y)
    }

    /// A line with round ends.
    @inline(__always)
    static func capsule(_ p: Point, _ a: Point, _ b: Point, _ radius: Float) -> Float {
        let (pa, ba) = (p - a, b - a)
        let along = min(max((pa * ba).sum() / (ba * ba).sum(), 0), 1)
        return length(pa - ba * along) - radius
    }

    /// A triangle with corners in any order.
    @inline(__always)
    static func triangle(_ p: Point, _ a: Point, _ b: Point, _ c: Point) -> Float {
        let turn: Float = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x) < 0 ? -1 : 1
        return max(side(p, a, b, turn), max(side(p, b, c, turn), side(p, c, a, turn)))
    }

    /// Signed distance from the line through `a` and `b`, positive on the right hand of travel for `turn` 1 as seen on
    /// the picture, whose y grows downwards.
    @inline(__always)
    static func side(_ p: Point, _ a: Point, _ b: Point, _ turn: Float = 1) -> Float {
        let along = b - a
        return ((p.x - a.x) * along.y - (p.y - a.y) * along.x) * turn / length(along)
    }

    /// A ring segment of the given thickness: the lower half of a circle, as a smile.
    @inline(__always)
    static func arc(_ p: Point, _ centre: Point, _ radius: Float, halfAngle cosine: Float, _ sine: Float, _ thickness: Float) -> Float {
        let d = Point(abs(p.x - centre.x), p.y - centre.y)
        // Within the opening the ring counts, elsewhere its round end.
        let inside = d.x * cosine < d.y * sine
        let end = Point(sine, cosine) * radius
        return (inside ? abs(length(d) - radius) : length(d - end)) - thickness
    }

    /// Five points, the first upwards. `inner` is the share of `radius` the notches keep.
    @inline(__always)
    static func star(_ point: Point, _ radius: Float, _ inner: Float) -> Float {
        let k1 = Point(0.809017, -0.587785)
        let k2 = Point(-0.809017, -0.587785)
        var p = Point(abs(point.x), -point.y)
        p -= k1 * (2 * max((k1 * p).sum(), 0))
        p -= k2 * (2 * max((k2 * p).sum(), 0))
        p = Point(abs(p.x), p.y - radius)
        let edge = Point(0.587785, 0.809017) * inner - Point(0, 1)
        let along = min(max((p * edge).sum() / (edge * edge).sum(), 0), radius)
        let distance = length(p - edge * along)
        return p.y * edge.x - p.x * edge.y < 0 ? -distance : distance
    }

    /// A disc of radius 1 without a disc of radius `bite` around (`shift`, 0).
    @inline(__always)
    static func moon(_ point: Point, bite: Float, shift: Float) -> Float {
        let p = Point(point.x, abs(point.y))
        let a = (1 - bite * bite + shift * shift) / (2 * shift)
        let b = max(1 - a * a, 0).squareRoot()
        if shift * (p.x * b - p.y * a) > shift * shift * max(b - p.y, 0) { return length(p - Point(a, b)) }
        return max(length(p) - 1, bite - length(p - Point(shift, 0)))
    }

    /// A heart about two wide and two high around the origin.
    @inline(__always)
    static func heart(_ point: Point) -> Float {
        let size: Float = 1.66
        let p = Point(abs(point.x) / size, 0.54 - point.y / size)
        if p.x + p.y > 1 { return (length(p - Point(0.25, 0.75)) - 0.3535534) * size }
        let corner = p - Point(0, 1)
        let slope = p - 0.5 * max(p.x + p.y, 0)
        let distance = min((corner * corner).sum(), (slope * slope).sum()).squareRoot()
        return (p.x < p.y ? -distance : distance) * size
    }
}
