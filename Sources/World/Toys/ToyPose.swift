/// How a thing stands in its picture.
public struct Pose: Sendable, Codable, Hashable {
    /// The middle of the body, 0...1 from the left and from the top.
    public var x, y: Float
    /// Half the height of the body as a share of the picture's side.
    public var radius: Float
    /// Radians, clockwise.
    public var tilt: Float
    /// How much wider than high: 0.05 is five percent wider and five percent lower.
    public var squash: Float
    public var mirrored: Bool

    var frame: Frame {
        Frame(centre: Point(x, y), scale: radius, angle: tilt, squash: squash, mirrored: mirrored)
    }
}

extension Pose {
    /// Where the scene of `count` things has its thing number `position` from the left.
    init(position: Int, of count: Int, from random: inout RandomStream) {
        switch count {
        case 1:
            x = random.uniform(0.36, 0.64)
            radius = random.uniform(0.25, 0.31)
        case 2:
            x = position == 0 ? random.uniform(0.25, 0.30) : random.uniform(0.70, 0.75)
            radius = random.uniform(0.19, 0.23)
        default:
            x = [0.18, 0.5, 0.82][position] + random.uniform(-0.02, 0.02)
            radius = random.uniform(0.135, 0.155)
        }
        y = random.uniform(0.60, 0.68)
        tilt = random.uniform(-0.22, 0.22)
        squash = random.uniform(-0.06, 0.06)
        mirrored = random.chance(0.5)
    }

    /// A shadow at a point of the ground, for things whose middle does not tell where they stand.
    init(shadowBelow foot: Point, width: Float) {
        self.init(x: foot.x, y: foot.y - width * 0.97, radius: width, tilt: 0, squash: 0, mirrored: false)
    }

    /// A thing alone on its reference picture.
    ///
    /// - Parameters:
    ///   - lift: how far above the body's middle the middle of the whole thing lies, in body radii.
    ///   - mirrored: how it faces elsewhere; here it mostly faces the same way, so that the sides of a pattern can be learnt.
    init(alone lift: Float, mirrored elsewhere: Bool, from random: inout RandomStream) {
        radius = random.uniform(0.33, 0.40)
        // What stands above the body needs room.
        radius = min(radius, 0.455 / (1 + lift))
        tilt = random.uniform(-0.4, 0.4)
        let room = max(0.015, 0.45 - radius * (1 + lift))
        x = 0.5 - sin(tilt) * lift * radius + random.uniform(-room, room)
        y = 0.5 + cos(tilt) * lift * radius + random.uniform(-room, room)
        squash = random.uniform(-0.06, 0.06)
        mirrored = random.chance(0.15) != elsewhere
    }
}
