/// What a garment is; captions say it.
public enum GarmentKind: String, Sendable, Codable, CaseIterable {
    case shirt, dress, jumper, dungarees
}

/// What a garment has around the neck.
public enum Collar: String, Sendable, Codable, CaseIterable {
    case none, round, pointed
}

/// Everything that makes one garment that garment, whoever wears it.
public struct GarmentIdentity: Sendable, Codable, Hashable {
    public var kind: GarmentKind
    public var pattern: ToyPattern
    public var collar: Collar
    /// The colour of the cloth, and that of its pattern.
    public var main, second: HueColour

    /// Draws a garment from the part of all garments that belongs to `split`.
    init(_ split: WorldSplit, kind: GarmentKind? = nil, from random: inout RandomStream) {
        repeat {
            let drawn = random.pick(GarmentKind.allCases)
            self.kind = kind ?? drawn
            pattern = random.pick(ToyPattern.allCases)
            collar = random.pick(Collar.allCases)
            main = ToyIdentity.bodyColour(from: &random)
            second = ToyIdentity.patternColour(on: main, from: &random)
        } while WorldSplit(cell: cell) != split
    }

    /// A number for this garment and all that look almost like it.
    var cell: UInt64 {
        var number: UInt64 = 3
        for part in [kind.place, pattern.place, collar.place, Int(main.hue * 24), Int(second.hue * 24)] {
            number = number &* 31 &+ UInt64(part)
        }
        return number
    }
}

/// How the doll stands.
public struct DollBearing: Sendable, Codable, Hashable {
    /// Radians from hanging down to stretched up, the left and the right arm as seen.
    public var leftArm, rightArm: Float

    init(from random: inout RandomStream) {
        leftArm = random.uniform(0.2, 2.2)
        rightArm = random.uniform(0.2, 2.2)
    }

    /// As garments lie on their reference pictures.
    static let flat = DollBearing(leftArm: 0.9, rightArm: 0.9)

    private init(leftArm: Float, rightArm: Float) {
        self.leftArm = leftArm
        self.rightArm = rightArm
    }
}

extension Pose {
    /// A doll in a scene; the radius is half its height.
    init(dollFrom random: inout RandomStream) {
        x = random.uniform(0.40, 0.60)
        radius = random.uniform(0.40, 0.45)
        y = random.uniform(0.50, 0.54)
        tilt = random.uniform(-0.08, 0.08)
        squash = 0
        mirrored = false
    }

    /// A garment on its reference picture, larger than on the doll.
    init(garment kind: GarmentKind, from random: inout RandomStream) {
        // Half the doll's height, so that the garment fills the picture, and where its middle lies on the doll.
        let (size, middle): (Float, Float) =
            switch kind {
            case .shirt: (0.72, 0)
            case .dress: (0.62, 0.14)
            case .jumper: (0.6, 0.04)
            case .dungarees: (0.68, 0.21)
            }
        radius = size * random.uniform(0.94, 1.05)
        tilt = random.uniform(-0.15, 0.15)
        x = 0.5 + sin(tilt) * middle * radius + random.uniform(-0.03, 0.03)
        y = 0.5 - cos(tilt) * middle * radius + random.uniform(-0.03, 0.03)
        squash = 0
        mirrored = false
    }
}
