/// A colour by hue, saturation and value, each 0...1; hues go round from red over green and blue.
public struct HueColour: Sendable, Codable, Hashable {
    public var hue, saturation, value: Float

    public init(hue: Float, saturation: Float, value: Float) {
        self.hue = hue
        self.saturation = saturation
        self.value = value
    }

    /// The nearest of the eight hues that captions name.
    public var name: ColourName { ColourName(hue: hue) }

    /// Distance round the circle of hues, 0...0.5.
    static func distance(_ a: Float, _ b: Float) -> Float {
        let d = abs(a - b)
        return min(d, 1 - d)
    }
}

/// The hues that captions name.
public enum ColourName: String, Sendable, Codable, CaseIterable {
    case red, orange, yellow, green, turquoise, blue, purple, pink

    init(hue: Float) {
        switch hue - hue.rounded(.down) {
        case ..<0.03: self = .red
        case ..<0.11: self = .orange
        case ..<0.19: self = .yellow
        case ..<0.43: self = .green
        case ..<0.53: self = .turquoise
        case ..<0.70: self = .blue
        case ..<0.81: self = .purple
        case ..<0.95: self = .pink
        default: self = .red
        }
    }
}

/// An opaque colour as it is drawn: red, green, blue 0...1 in sRGB, and 1 in the last lane.
struct Colour {
    var lanes: SIMD4<Float>

    init(_ red: Float, _ green: Float, _ blue: Float) { lanes = SIMD4(red, green, blue, 1) }

    init(_ colour: HueColour) {
        self.init(hue: colour.hue, colour.saturation, colour.value)
    }

    init(hue: Float, _ saturation: Float, _ value: Float) {
        let h = (hue - hue.rounded(.down)) * 6
        func channel(_ offset: Float) -> Float {
            var k = offset + h
            if k >= 6 { k -= 6 }
            return value - value * saturation * max(0, min(min(k, 4 - k), 1))
        }
        self.init(channel(5), channel(3), channel(1))
    }

    init(gray: Float) { self.init(gray, gray, gray) }

    /// Light as the eye weighs it.
    var luminance: Float { 0.299 * lanes.x + 0.587 * lanes.y + 0.114 * lanes.z }

    @inline(__always)
    func mixed(with other: Colour, _ share: Float) -> Colour {
        var result = self
        result.lanes += (other.lanes - lanes) * share
        return result
    }

    @inline(__always)
    func scaled(_ factor: Float) -> Colour {
        var result = self
        result.lanes *= SIMD4(factor, factor, factor, 1)
        return result
    }

    static let white = Colour(1, 1, 1)
    static let ink = Colour(0.13, 0.10, 0.16)
}
