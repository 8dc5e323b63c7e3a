/// Random numbers from a key: splitmix64, the same on every machine and in every version.
///
/// One stream per question ("where does toy 2 stand in example 81?"). A new question gets a new stream and so changes no
/// answer that was given before.
struct RandomStream {
    /// What a stream decides.
    enum Purpose: UInt64 {
        case task = 1, place, caption, identity, pose, reference, wording, decoy, style, styleReference, question, bearing
    }

    private var state: UInt64

    /// - Parameters:
    ///   - seed: names the whole world.
    ///   - index: the example.
    ///   - part: which of several like things, such as the second subject.
    init(seed: UInt64, index: Int, _ purpose: Purpose, part: Int = 0) {
        state = Self.mixed(seed &+ 0x9E37_79B9_7F4A_7C15)
        fold(UInt64(bitPattern: Int64(index)))
        fold(purpose.rawValue)
        fold(UInt64(bitPattern: Int64(part)))
    }

    /// The odd constant keeps a key of zero from leaving the state as it was.
    private mutating func fold(_ key: UInt64) {
        state = Self.mixed(state ^ Self.mixed(key &+ 0xD1B5_4A32_D192_ED03))
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// Uniform in 0..<1, 24 bits.
    mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// Uniform in the range.
    mutating func uniform(_ low: Float, _ high: Float) -> Float { low + (high - low) * unit() }

    /// Uniform in 0..<count.
    mutating func below(_ count: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(count)).high) }

    mutating func chance(_ probability: Float) -> Bool { unit() < probability }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// The finalizer of splitmix64: every bit of the input changes half of the bits.
    static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
