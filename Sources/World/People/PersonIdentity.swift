/// The outline of somebody's hair.
public enum HairShape: String, Sendable, Codable, CaseIterable {
    case bald, short, long, curly, bun, mohawk, tails, fringe
}

/// What somebody wears before the eyes.
public enum Glasses: String, Sendable, Codable, CaseIterable {
    case none, round, square
}

/// Everything that makes one face that face. The numbers lie in 0...1 unless said otherwise.
public struct PersonIdentity: Sendable, Codable, Hashable {
    /// From narrow to wide, from short to long, from pointed to square.
    public var headWidth, headHeight, jaw: Float
    /// From light to dark.
    public var skin: Float
    public var hair: HairShape
    public var hairColour: HueColour
    /// From falling towards the nose to rising; from thin to thick.
    public var browAngle, browWeight: Float
    public var eyeSpacing, eyeSize: Float
    public var eyeColour: HueColour
    public var noseSize: Float
    public var mouthWidth: Float
    public var glasses: Glasses
    public var hasFreckles: Bool

    /// Draws a person from the part of all people that belongs to `split`.
    init(_ split: WorldSplit, from random: inout RandomStream) {
        repeat { self.init(from: &random) } while WorldSplit(cell: cell) != split
    }

    private init(from random: inout RandomStream) {
        headWidth = random.unit()
        headHeight = random.unit()
        jaw = random.unit()
        skin = random.unit()
        hair = random.pick(HairShape.allCases)
        hairColour = Self.hairColour(from: &random)
        browAngle = random.unit()
        browWeight = random.unit()
        eyeSpacing = random.unit()
        eyeSize = random.unit()
        eyeColour = HueColour(hue: random.pick([0.07, 0.3, 0.58]) + random.uniform(-0.04, 0.04), saturation: 0.7, value: 0.6)
        noseSize = random.unit()
        mouthWidth = random.unit()
        glasses = random.chance(0.5) ? .none : random.pick([.round, .square])
        hasFreckles = random.chance(0.3)
    }

    /// Black, brown, blond, red and grey hair, and dyed hair of any hue.
    private static func hairColour(from random: inout RandomStream) -> HueColour {
        let shade = random.uniform(-0.06, 0.06)
        return switch random.below(7) {
        case 0: HueColour(hue: 0.65, saturation: 0.25, value: 0.16 + shade)
        case 1: HueColour(hue: 0.07, saturation: 0.65, value: 0.38 + shade)
        case 2: HueColour(hue: 0.13, saturation: 0.62, value: 0.92 + shade)
        case 3: HueColour(hue: 0.04, saturation: 0.85, value: 0.74 + shade)
        case 4: HueColour(hue: 0.6, saturation: 0.06, value: 0.80 + shade)
        default: HueColour(hue: random.unit(), saturation: 0.75, value: 0.85 + shade)
        }
    }

    var skinColour: Colour {
        let light = Colour(1, 0.86, 0.74), middle = Colour(0.86, 0.62, 0.42), dark = Colour(0.42, 0.26, 0.17)
        return skin < 0.5 ? light.mixed(with: middle, skin * 2) : middle.mixed(with: dark, skin * 2 - 1)
    }

    /// A number for this face and all that look almost like it.
    var cell: UInt64 {
        var number: UInt64 = 2
        for part in [
            Int(headWidth * 3), Int(headHeight * 3), Int(skin * 6), hair.place, Int(hairColour.hue * 12), Int(hairColour.value * 3),
            Int(browAngle * 3), Int(eyeSpacing * 3), Int(mouthWidth * 3), glasses.place, hasFreckles ? 1 : 0,
        ] {
            number = number &* 31 &+ UInt64(part)
        }
        return number
    }
}

/// What a person's face does and how much of the person shows; changes from picture to picture.
public struct PersonBearing: Sendable, Codable, Hashable {
    public enum Expression: String, Sendable, Codable, CaseIterable {
        case calm, smiling, surprised, sad
    }

    public var expression: Expression
    /// Where the face looks, -1 left to 1 right as seen.
    public var yaw: Float
    /// Head to feet where true, head and shoulders otherwise.
    public var showsFigure: Bool
    public var clothes: HueColour
    public var trousers: HueColour

    /// Eyes straight ahead in grey clothes.
    static let calm = PersonBearing()

    private init() {
        (expression, yaw, showsFigure) = (.calm, 0, false)
        clothes = HueColour(hue: 0, saturation: 0, value: 0.6)
        trousers = HueColour(hue: 0, saturation: 0, value: 0.4)
    }

    init(from random: inout RandomStream) {
        expression = random.pick(Expression.allCases)
        yaw = random.uniform(-1, 1)
        showsFigure = random.chance(0.25)
        clothes = HueColour(hue: random.unit(), saturation: random.uniform(0.5, 0.9), value: random.uniform(0.5, 0.95))
        trousers = HueColour(hue: random.unit(), saturation: random.uniform(0.2, 0.6), value: random.uniform(0.25, 0.55))
    }
}

extension Pose {
    /// The head of a person in a scene.
    init(headOf bearing: PersonBearing, from random: inout RandomStream) {
        x = random.uniform(0.36, 0.64)
        radius = bearing.showsFigure ? random.uniform(0.17, 0.19) : random.uniform(0.25, 0.29)
        y = bearing.showsFigure ? random.uniform(0.28, 0.34) : random.uniform(0.42, 0.48)
        tilt = random.uniform(-0.12, 0.12)
        squash = 0
        mirrored = false
    }

    /// A head on its reference picture.
    init(portraitFrom random: inout RandomStream) {
        radius = random.uniform(0.33, 0.38)
        x = 0.5 + random.uniform(-0.04, 0.04)
        y = 0.54 + random.uniform(-0.04, 0.03)
        tilt = random.uniform(-0.2, 0.2)
        squash = 0
        mirrored = false
    }
}
