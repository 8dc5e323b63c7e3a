/// The colour table of a GIF file's first frame, for what libvips leaves out of its expanded pixels.
struct GIFPalette {
    /// Red, green, blue of every index; empty where the file has no table.
    private(set) var colours: [UInt8] = []
    private var transparentIndex: Int?

    /// True where every index is its own gray, or there is no table: Pillow opens such files as gray (mode "L").
    var isGrayRamp: Bool { colours.indices.allSatisfy { Int(colours[$0]) == $0 / 3 } }

    /// What lies under transparent pixels, and around a frame smaller than the picture.
    var hiddenColour: [UInt8] {
        let start = (transparentIndex ?? 0) * 3
        return start + 3 <= colours.count ? Array(colours[start..<start + 3]) : [0, 0, 0]
    }

    /// Reads up to the first frame; what a damaged file lacks is left out, since the decoder judges the file.
    ///
    /// Source: CompuServe, GIF89a, sections 18 to 24.
    init(_ bytes: [UInt8]) {
        guard bytes.count >= 13 else { return }
        var offset = 13
        readTable(bytes, flags: bytes[10], at: &offset)
        while offset < bytes.count, bytes[offset] == 0x21 {
            if offset + 7 < bytes.count, bytes[offset + 1] == 0xF9, bytes[offset + 3] & 1 == 1 { transparentIndex = Int(bytes[offset + 6]) }
            offset += 2
            while offset < bytes.count, bytes[offset] != 0 { offset += Int(bytes[offset]) + 1 }
            offset += 1
        }
        guard offset + 10 <= bytes.count, bytes[offset] == 0x2C else { return }
        let flags = bytes[offset + 9]
        offset += 10
        readTable(bytes, flags: flags, at: &offset)
    }

    private mutating func readTable(_ bytes: [UInt8], flags: UInt8, at offset: inout Int) {
        guard flags & 0x80 != 0 else { return }
        let end = offset + (3 << (Int(flags & 7) + 1))
        if end <= bytes.count { colours = Array(bytes[offset..<end]) }
        offset = end
    }
}
