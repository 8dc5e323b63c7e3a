/// What a toy is, and all that its caption says of it.
public enum ToyKind: String, Sendable, Codable, CaseIterable {
    case star, moon, heart, ball, box, flower, bear, bunny
}

/// What covers a toy's body; it turns and tilts with the body.
public enum ToyPattern: String, Sendable, Codable, CaseIterable {
    case plain, stripes, dots, halves, belly, checks
}

/// The eyes of a toy.
public enum ToyEyes: String, Sendable, Codable, CaseIterable {
    case round, beads, happy, one, sleepy
}

/// The mouth of a toy.
public enum ToyMouth: String, Sendable, Codable, CaseIterable {
    case smile, open, teeth
}

/// What a toy wears.
public enum ToyAccessory: String, Sendable, Codable, CaseIterable {
    case none, hat, crown, bow, antenna
    case topHat = "top-hat"
}

/// Everything that makes one toy that toy, in whatever pose and place.
public struct ToyIdentity: Sendable, Codable, Hashable {
    public var kind: ToyKind
    public var pattern: ToyPattern
    public var eyes: ToyEyes
    public var mouth: ToyMouth
    public var accessory: ToyAccessory
    /// The colour of the body, and that of its pattern.
    public var main, second: HueColour
    public var accessoryColour: HueColour

    /// Draws a toy from the half of all toys that belongs to `split`.
    init(_ split: WorldSplit, kind: ToyKind? = nil, from random: inout RandomStream) {
        repeat { self.init(anyOf: kind, from: &random) } while WorldSplit(cell: cell) != split
    }

    private init(anyOf kind: ToyKind?, from random: inout RandomStream) {
        let drawn = random.pick(ToyKind.allCases)
        self.kind = kind ?? drawn
        pattern = random.pick(ToyPattern.allCases)
        eyes = random.pick(ToyEyes.allCases)
        mouth = random.pick(ToyMouth.allCases)
        accessory = random.pick(ToyAccessory.allCases)
        main = Self.bodyColour(from: &random)
        second = Self.patternColour(on: main, from: &random)
        var hue = random.unit()
        while HueColour.distance(hue, main.hue) < 0.12 { hue = random.unit() }
        accessoryColour = HueColour(hue: hue, saturation: random.uniform(0.7, 1), value: random.uniform(0.8, 1))
    }

    /// A colour apart from another in hue and in light, so that the pattern shows at any size and in grey.
    static func patternColour(on main: HueColour, from random: inout RandomStream) -> HueColour {
        while true {
            let second = bodyColour(from: &random)
            let isApart = HueColour.distance(main.hue, second.hue) >= 0.14
            if isApart && abs(Colour(main).luminance - Colour(second).luminance) >= 0.16 { return second }
        }
    }

    static func bodyColour(from random: inout RandomStream) -> HueColour {
        HueColour(hue: random.unit(), saturation: random.uniform(0.6, 1), value: random.uniform(0.68, 1))
    }

    /// A number for this toy and all that look almost like it: colours count in twenty-four steps of hue.
    var cell: UInt64 {
        var number: UInt64 = 1
        for part in [
            kind.place, pattern.place, eyes.place, mouth.place, accessory.place, Int(main.hue * 24), Int(second.hue * 24),
            Int(accessoryColour.hue * 12),
        ] {
            number = number &* 31 &+ UInt64(part)
        }
        return number
    }
}

extension CaseIterable where Self: Equatable {
    /// The position among all cases.
    var place: Int {
        var place = 0
        for other in Self.allCases {
            if other == self { return place }
            place += 1
        }
        return place
    }
}
