import Foundation

/// Writes a sentencepiece model of whole words, for texts whose vocabulary is known.
///
/// Ids are those of T5: 0 `<pad>`, 1 `</s>`, 2 `<unk>`. Every word is one piece with its log frequency; what is no word is
/// spelt with letters, digits and marks, so no printable ASCII text is unknown. Capital letters are read as small ones.
public struct UnigramModelFile: Sendable {
    /// A piece of text and how much the search likes it.
    public struct Piece: Sendable, Equatable {
        public let text: String
        /// Natural logarithm of a frequency.
        public let score: Float
    }

    /// All pieces in the order of their ids, the three special ones excepted.
    public let pieces: [Piece]

    /// Score of the letters that spell unknown words; below every word's.
    public static let fallbackScore: Float = -14
    private static let specials = ["<pad>", "</s>", "<unk>"]
    private static let space = "\u{2581}"

    /// Number of ids, special ones included.
    public var vocabularySize: Int { pieces.count + Self.specials.count }

    /// - Parameters:
    ///   - words: lower-case words that stand after a space, with counts above zero.
    ///   - marks: what follows without a space, such as a comma.
    public init(words: [(text: String, count: Int)], marks: [(text: String, count: Int)] = []) {
        let total = Double((words + marks).reduce(0) { $0 + $1.count })
        func score(_ count: Int) -> Float { Float(log(Double(max(count, 1)) / max(total, 1))) }

        var pieces: [Piece] = []
        var known: Set<String> = []
        func add(_ text: String, _ score: Float) {
            if known.insert(text).inserted { pieces.append(Piece(text: text, score: score)) }
        }
        for word in words { add(Self.space + word.text, score(word.count)) }
        for mark in marks { add(mark.text, score(mark.count)) }
        add(Self.space, Self.fallbackScore)
        let letters = (UInt8(ascii: "a")...UInt8(ascii: "z")).map { String(UnicodeScalar($0)) }
        let digits = (UInt8(ascii: "0")...UInt8(ascii: "9")).map { String(UnicodeScalar($0)) }
        for character in letters + digits {
            add(character, Self.fallbackScore)
            add(Self.space + character, Self.fallbackScore)
        }
        for byte in UInt8(ascii: "!")...UInt8(ascii: "~") {
            let character = String(UnicodeScalar(byte))
            if !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) { add(character, Self.fallbackScore) }
        }
        self.pieces = pieces
    }

    /// The bytes of the file that checkpoints call `spiece.model`.
    public func encoded() -> [UInt8] {
        var file = ProtocolBuffer()
        for (id, name) in Self.specials.enumerated() {
            file.message(1) { piece in
                piece.string(1, name)
                piece.float(2, 0)
                // Unknown is type 2, control type 3.
                piece.number(3, id == 2 ? 2 : 3)
            }
        }
        for entry in pieces {
            file.message(1) { piece in
                piece.string(1, entry.text)
                piece.float(2, entry.score)
                piece.number(3, 1)
            }
        }
        file.message(2) { trainer in
            trainer.number(3, 1)  // unigram
            trainer.number(4, vocabularySize)
            trainer.number(40, 2)  // unknown
            trainer.number(41, -1)  // no beginning
            trainer.number(42, 1)  // end
            trainer.number(43, 0)  // padding
            trainer.string(45, "<unk>")
            trainer.string(47, "</s>")
            trainer.string(48, "<pad>")
        }
        file.message(3) { normalizer in
            normalizer.string(1, "lower_case")
            normalizer.bytes(2, CaseFolding.table())
            normalizer.number(3, 1)  // a space before the first word
            normalizer.number(4, 1)  // one space for many
            normalizer.number(5, 1)  // spaces become the piece mark
        }
        return file.bytes
    }

    /// Writes `spiece.model`; the file appears whole or not at all.
    public func write(to path: String) throws(TokenizerError) {
        do {
            try Data(encoded()).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .unwritable(file: path, reason: error.localizedDescription)
        }
    }
}

/// The little of the protocol buffer format that a model file needs.
private struct ProtocolBuffer {
    private(set) var bytes: [UInt8] = []

    mutating func number(_ field: Int, _ value: Int) {
        varint(UInt64(field << 3))
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func float(_ field: Int, _ value: Float) {
        varint(UInt64(field << 3 | 5))
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift)) }
    }

    mutating func bytes(_ field: Int, _ value: [UInt8]) {
        varint(UInt64(field << 3 | 2))
        varint(UInt64(value.count))
        bytes += value
    }

    mutating func string(_ field: Int, _ value: String) { bytes(field, Array(value.utf8)) }

    mutating func message(_ field: Int, _ fill: (inout ProtocolBuffer) -> Void) {
        var inner = ProtocolBuffer()
        fill(&inner)
        bytes(field, inner.bytes)
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// A sentencepiece normalization that turns A–Z into a–z: a double-array trie (Darts) and the texts its leaves point to.
private enum CaseFolding {
    static func table() -> [UInt8] {
        // 256 units are the smallest block. The root is unit 0 with offset 0, so the letter b leads to unit b.
        var units = [UInt32](repeating: 0, count: 256)
        var texts: [UInt8] = []
        for (number, letter) in (UInt8(ascii: "A")...UInt8(ascii: "Z")).enumerated() {
            let leaf = UInt32(128 + number)
            // A node: offset to its leaf from bit 10, bit 8 for "has a leaf", the letter itself.
            units[Int(letter)] = (UInt32(letter) ^ leaf) << 10 | 1 << 8 | UInt32(letter)
            // A leaf: bit 31 and the place of its text.
            units[Int(leaf)] = 1 << 31 | UInt32(texts.count)
            texts += [letter + 32, 0]
        }
        let size = UInt32(units.count * 4)
        return ([size] + units).flatMap { unit in (0..<4).map { UInt8(truncatingIfNeeded: unit >> ($0 * 8)) } } + texts
    }
}
