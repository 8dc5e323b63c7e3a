/// Python's `random`: the Mersenne Twister, seeded as `random.seed` seeds it.
///
/// Source: CPython, Modules/_randommodule.c (`init_by_array`, `genrand_uint32`) and Lib/random.py (`_randbelow_with_getrandbits`).
public struct PythonRandom: Sendable {
    private static let size = 624, middle = 397
    private var state: [UInt32]
    private var index = PythonRandom.size

    /// The stream of `random.seed(seed)`.
    public init(seed: UInt32) {
        var state = [UInt32](repeating: 19_650_218, count: Self.size)
        for i in 1..<Self.size { state[i] = 1_812_433_253 &* (state[i - 1] ^ state[i - 1] >> 30) &+ UInt32(i) }
        var i = 1
        func previous() -> UInt32 { state[i - 1] ^ state[i - 1] >> 30 }
        func advance() {
            i += 1
            if i == Self.size { (state[0], i) = (state[Self.size - 1], 1) }
        }
        // The key is the seed's one word.
        for _ in 0..<Self.size {
            state[i] = (state[i] ^ previous() &* 1_664_525) &+ seed
            advance()
        }
        for _ in 1..<Self.size {
            state[i] = (state[i] ^ previous() &* 1_566_083_941) &- UInt32(i)
            advance()
        }
        state[0] = 0x8000_0000
        self.state = state
    }

    /// The next 32 bits.
    public mutating func next() -> UInt32 {
        if index == Self.size { twist() }
        var y = state[index]
        index += 1
        y ^= y >> 11
        y ^= y << 7 & 0x9D2C_5680
        y ^= y << 15 & 0xEFC6_0000
        return y ^ y >> 18
    }

    private mutating func twist() {
        for i in 0..<Self.size {
            let y = state[i] & 0x8000_0000 | state[(i + 1) % Self.size] & 0x7FFF_FFFF
            state[i] = state[(i + Self.middle) % Self.size] ^ y >> 1 ^ (y & 1 == 0 ? 0 : 0x9908_B0DF)
        }
        index = 0
    }

    /// A number from 0 to `count` - 1, as `randrange(count)`. Even one possibility takes from the stream.
    public mutating func below(_ count: Int) -> Int {
        precondition(count > 0, "a number is drawn from at least one, not from \(count)")
        let bitCount = Int.bitWidth - count.leadingZeroBitCount
        while true {
            let value = bits(bitCount)
            if value < count { return value }
        }
    }

    /// `getrandbits`: whole words from the lowest up, of the last one the high bits.
    private mutating func bits(_ count: Int) -> Int {
        if count <= 32 { return Int(next() >> UInt32(32 - count)) }
        let low = Int(next())
        return low | Int(next() >> UInt32(64 - count)) << 32
    }
}
