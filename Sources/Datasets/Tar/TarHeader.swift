/// Why bytes are not a sound tar archive.
package struct TarProblem: Error, Equatable {
    /// Where in the archive the header in question begins.
    package let offset: Int
    /// What was found there, and what was expected.
    package let text: String
}

/// The 512 bytes before each member of a tar archive, as far as they matter here.
///
/// Source: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format", for numbers in base 256.
package struct TarHeader: Sendable, Equatable {
    /// Headers and the data behind them are padded to this many bytes.
    package static let blockSize = 512

    /// The path, with the ustar prefix.
    package let name: String
    /// Bytes of data the header announces; without its padding.
    package let size: Int
    /// The type flag: "0" or 0 for a regular file.
    package let kind: UInt8
    /// Whether blocks of an old GNU sparse map follow this one.
    package let hasSparseBlocks: Bool

    /// Reads one block.
    ///
    /// - Parameters:
    ///   - block: Exactly 512 bytes.
    ///   - offset: Where it stands, for the error.
    package init(_ block: ArraySlice<UInt8>, at offset: Int) throws(TarProblem) {
        let block = Array(block)
        guard block.count == Self.blockSize else {
            throw TarProblem(offset: offset, text: "a header of \(block.count) bytes, 512 were expected")
        }
        guard Self.checksumFits(block) else {
            throw TarProblem(offset: offset, text: "a header whose checksum does not fit its content")
        }
        guard let size = Self.number(block[124..<136]) else {
            throw TarProblem(offset: offset, text: "a header with an unreadable size")
        }
        self.size = size
        kind = block[156]
        // GNU's own format keeps other things than a prefix in the last field; only POSIX writes "ustar" with a zero byte.
        let hasPrefix = block[257..<263].elementsEqual([0x75, 0x73, 0x74, 0x61, 0x72, 0])
        let prefix = hasPrefix ? Self.text(block[345..<500]) : ""
        let base = Self.text(block[0..<100])
        name = prefix.isEmpty ? base : "\(prefix)/\(base)"
        hasSparseBlocks = kind == UInt8(ascii: "S") && block[482] != 0
    }

    /// Data blocks follow regular files and extensions only; links, folders and devices may state a size without having any.
    package var hasData: Bool { !(UInt8(ascii: "1")...UInt8(ascii: "6")).contains(kind) }
    /// A file with content: POSIX, the oldest format's zero byte, or "contiguous".
    package var isRegularFile: Bool { [0, UInt8(ascii: "0"), UInt8(ascii: "7")].contains(kind) }

    // MARK: Fields

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Octal digits between spaces and zero bytes, or a number in base 256 where the first bit is set; nil for anything else.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first else { return nil }
        if first & 0x80 != 0 {
            // 0x80 begins a positive number; 0xFF a negative one, which no size is.
            guard first == 0x80 else { return nil }
            return field.dropFirst().reduce(Optional(0)) { value, byte in
                guard let value, value <= Int.max >> 8 else { return nil }
                return value << 8 | Int(byte)
            }
        }
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
        guard digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }  // at most twelve digits: 36 bits
    }

    /// The sum of all bytes, those of the checksum itself counted as spaces; some old writers summed signed bytes.
    private static func checksumFits(_ block: [UInt8]) -> Bool {
        guard let stored = number(block[148..<156]) else { return false }
        var sum = 0, highBits = 0
        for byte in block {
            sum += Int(byte)
            highBits += Int(byte >> 7)
        }
        for byte in block[148..<156] {
            sum += 0x20 - Int(byte)
            highBits -= Int(byte >> 7)
        }
        return stored == sum || stored == sum - 256 * highBits
    }
}
