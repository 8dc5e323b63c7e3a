import Checkpoints
import Testing

/// Damaged headers by the thousand: each is read or refused, none crashes or hangs.
@Suite struct HeaderMutationTests {
    /// SplitMix64, so that a failure can be repeated.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static let seedFile = safetensors(
        #"{"__metadata__":{"format":"pt"},"double_blocks.0.weight":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]},"b\u00e9":{"dtype":"F32","shape":[],"data_offsets":[12,16]},"e":{"dtype":"I64","shape":[0,4],"data_offsets":[16,16]}}"#,
        dataCount: 16)
    static let tokens = [
        "{", "}", "[", "]", ",", ":", "\"", "\\u", "\\ud800", "-1", "1e9", "0.5", "99999999999999999999", "9223372036854775807", "null", "NaN", "\0", "\u{FF}",
        #""dtype""#, #""shape""#, "F8_E5M2", "BOOL", "[[[[[[", "__metadata__",
    ].map { Array($0.utf8) }

    static func mutated(_ generator: inout Generator) -> [UInt8] {
        var bytes = seedFile
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...9, using: &generator)))
            case 3: bytes.insert(contentsOf: tokens.randomElement(using: &generator) ?? [], at: at)
            case 4: bytes.removeLast(min(bytes.count, Int.random(in: 1...40, using: &generator)))
            default: bytes.insert(contentsOf: bytes[at...].prefix(30), at: at)
            }
        }
        // Most mutations reach the JSON only with a length that fits.
        if bytes.count > 8, Bool.random(using: &generator) {
            let length = UInt64(max(2, bytes.count - 8 - 16))
            withUnsafeBytes(of: length.littleEndian) { bytes.replaceSubrange(0..<8, with: $0) }
        }
        return bytes
    }

    @Test(arguments: 1...4) func mutatedHeadersAreReadOrRefused(seed: UInt64) {
        var generator = Generator(state: seed)
        var accepted = 0
        for _ in 0..<5000 {
            let bytes = Self.mutated(&generator)
            do {
                let parsed = try header(bytes)
                accepted += 1
                let covered = parsed.entries.reduce(parsed.dataStart) { $0 + $1.range.count }
                #expect(covered == bytes.count, "an accepted header accounts for every byte")
            } catch {
                #expect(error is HeaderProblem)
                #expect(!"\(error)".isEmpty)
            }
        }
        #expect(accepted > 0 && accepted < 5000, "the mutations reach both outcomes")
    }
}
