/// The two entries of a TIFF file's first directory that tell palette and bilevel pictures from others.
struct TIFFDirectory {
    private(set) var bitsPerSample = 1
    private(set) var photometric = 1

    /// Photometric interpretation 3 is a palette.
    var isIndexed: Bool { photometric == 3 || bitsPerSample == 1 }

    /// Reads what is there; entries outside the file are ignored, since the decoder judges the file.
    init(_ bytes: [UInt8]) {
        let isLittleEndian = bytes.first == 0x49
        func number(at offset: Int, byteCount: Int) -> Int? {
            guard offset >= 0, offset <= bytes.count - byteCount else { return nil }
            let part = bytes[offset..<offset + byteCount]
            return (isLittleEndian ? Array(part.reversed()) : Array(part)).reduce(0) { $0 << 8 | Int($1) }
        }
        guard let directory = number(at: 4, byteCount: 4), let count = number(at: directory, byteCount: 2) else { return }
        for index in 0..<count {
            let entry = directory + 2 + index * 12
            guard let tag = number(at: entry, byteCount: 2), let values = number(at: entry + 4, byteCount: 4) else { return }
            // A single 16-bit value stands in the entry itself; several samples of a pixel are never bilevel.
            if tag == 258 { bitsPerSample = values == 1 ? number(at: entry + 8, byteCount: 2) ?? 1 : 8 }
            if tag == 262 { photometric = number(at: entry + 8, byteCount: 2) ?? 1 }
        }
    }
}
