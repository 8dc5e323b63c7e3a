/// Random numbers for orders and choices in data: SplitMix64, started from a few numbers.
///
/// Written out, with its own `below` and `shuffle`, because orders must stay the same under every Swift version: the standard
/// library promises nothing about how its own shuffle uses a generator.
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
package struct SeededOrder {
    private var state: UInt64

    /// A stream of its own for every list of numbers.
    package init(_ keys: UInt64...) {
        state = 0
        for key in keys {
            state ^= key
            _ = next()
            state = next()
        }
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// 0..<bound; the bias of at most bound / 2^64 is of no account for positions in a list.
    package mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

    /// 0..<1 with 53 bits.
    package mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Fisher and Yates, from the end.
    package mutating func shuffle<Element>(_ list: inout [Element]) {
        for last in stride(from: list.count - 1, to: 0, by: -1) { list.swapAt(last, below(last + 1)) }
    }
}
