/// The printable letters that stand for bytes in byte-level vocabularies.
///
/// Source: GPT-2, encoder.py, `bytes_to_unicode`.
enum ByteLetters {
    /// The byte of each letter.
    static let bytes: [Unicode.Scalar: UInt8] = Dictionary(
        (UInt8.min...UInt8.max).compactMap { byte in BytePairEncoding.letter(byte).unicodeScalars.first.map { ($0, byte) } },
        uniquingKeysWith: { first, _ in first })

    /// The bytes that a token of the vocabulary stands for; those of its own text where it is not spelt in letters for bytes.
    static func bytes(of token: String) -> [UInt8] {
        let bytes = token.unicodeScalars.compactMap { Self.bytes[$0] }
        return bytes.count == token.unicodeScalars.count ? bytes : Array(token.utf8)
    }
}
