/// The chunks of a PNG file that hold texts. Source: W3C, Portable Network Graphics, sections 5 and 11.3.3.
enum PNGChunks {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    /// Signature and IHDR, which must stay first: length, type, 13 bytes, checksum.
    private static let headerLength = 8 + 4 + 4 + 13 + 4

    /// A file with the texts behind its header.
    static func adding(_ metadata: PictureMetadata, to file: [UInt8]) -> [UInt8] {
        let texts = metadata.entries.flatMap { entry in
            // tEXt is Latin-1 and the form all programs read; anything beyond ASCII needs iTXt, which is UTF-8.
            entry.text.utf8.allSatisfy { $0 < 0x80 }
                ? chunk("tEXt", Array(entry.key.utf8) + [0] + Array(entry.text.utf8))
                : chunk("iTXt", Array(entry.key.utf8) + [0, 0, 0, 0, 0] + Array(entry.text.utf8))
        }
        return Array(file.prefix(headerLength)) + texts + file.dropFirst(headerLength)
    }

    /// The texts of a file, compressed ones left out. A damaged file gives those that stand before the damage.
    static func metadata(in file: [UInt8]) -> PictureMetadata {
        var metadata = PictureMetadata()
        var offset = signature.count
        while offset + 12 <= file.count, metadata.entries.count < PictureMetadata.readingLimit {
            let length = Int(bigEndian: file[offset..<offset + 4])
            let start = offset + 8
            guard length <= file.count - start - 4 else { break }
            if let (key, text) = text(of: file[start..<start + length], type: String(decoding: file[offset + 4..<start], as: UTF8.self)) {
                metadata[key] = text
            }
            offset = start + length + 4
        }
        return metadata
    }

    private static func text(of data: ArraySlice<UInt8>, type: String) -> (key: String, text: String)? {
        guard type == "tEXt" || type == "iTXt", let keyEnd = data.firstIndex(of: 0) else { return nil }
        let key = latin1(data[..<keyEnd])
        let rest = data[(keyEnd + 1)...]
        if type == "tEXt" { return (key, latin1(rest)) }
        // Behind the key: compression flag, compression method, language, translated key, text.
        guard rest.count >= 2, rest.first == 0 else { return nil }
        let parts = rest.dropFirst(2).split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 ? (key, String(decoding: parts[2], as: UTF8.self)) : nil
    }

    private static func latin1(_ bytes: ArraySlice<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return UInt32(data.count).bigEndianBytes + body + checksum(body).bigEndianBytes
    }

    /// CRC-32. Source: W3C, Portable Network Graphics, annex D.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { sum, byte in sum >> 8 ^ checksumTable[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] }
    }

    private static let checksumTable: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
}

extension UInt32 {
    var bigEndianBytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) } }
}

extension Int {
    /// A number written with its highest byte first, of at most seven bytes.
    init(bigEndian bytes: some Sequence<UInt8>) { self = bytes.reduce(0) { $0 << 8 | Int($1) } }
}
