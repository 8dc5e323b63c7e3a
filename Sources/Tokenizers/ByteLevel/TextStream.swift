/// Turns ids into text as they come, never cutting through a character: bytes wait until the rest of it is there.
///
/// All pieces one after another are what `ByteLevelTokenizer.text` makes of all ids.
public struct TextStream: Sendable {
    private let tokenizer: ByteLevelTokenizer
    /// The beginning of a character; at most three bytes.
    private var waiting: [UInt8] = []

    public init(_ tokenizer: ByteLevelTokenizer) { self.tokenizer = tokenizer }

    /// The text that an id completes; may be empty.
    public mutating func append(_ id: Int) -> String {
        let bytes = waiting + tokenizer.bytes(of: id)
        let whole = bytes.count - Self.unfinishedCount(bytes)
        waiting = Array(bytes[whole...])
        return String(decoding: bytes[..<whole], as: UTF8.self)
    }

    /// What is left at the end: U+FFFD for a character that was never finished, else nothing.
    public mutating func finish() -> String {
        defer { waiting = [] }
        return String(decoding: waiting, as: UTF8.self)
    }

    /// How many bytes at the end begin a character that more bytes could finish.
    private static func unfinishedCount(_ bytes: [UInt8]) -> Int {
        for count in 1...3 where count <= bytes.count {
            let tail = bytes.suffix(count), lead = bytes[bytes.count - count]
            guard lead & 0xC0 != 0x80 else { continue }
            return isUnfinished(Array(tail)) ? count : 0
        }
        return 0
    }

    private static func isUnfinished(_ bytes: [UInt8]) -> Bool {
        let length: Int
        switch bytes[0] {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF4: length = 4
        default: return false
        }
        guard bytes.count < length else { return false }
        guard bytes.count > 1 else { return true }
        // Some second bytes would make an overlong form, a surrogate, or a number beyond Unicode.
        return switch bytes[0] {
        case 0xE0: bytes[1] >= 0xA0
        case 0xED: bytes[1] < 0xA0
        case 0xF0: bytes[1] >= 0x90
        case 0xF4: bytes[1] < 0x90
        default: true
        }
    }
}
