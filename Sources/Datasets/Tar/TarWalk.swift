/// Bytes at places, of a file or of memory.
package protocol TarBytes {
    /// How many there are.
    var count: Int { get }
    /// The bytes from `offset` on; fewer than `count` at the end.
    mutating func bytes(at offset: Int, count: Int) throws(TarProblem) -> ArraySlice<UInt8>
}

/// A regular file inside an archive.
package struct TarMember: Sendable, Equatable {
    package let name: String
    /// Where its data begins in the archive.
    package let offset: Int
    /// Bytes of data; they end within the archive.
    package let size: Int
}

/// Goes through the headers of an archive, from member to member, without reading data.
///
/// Understands ustar with prefix, GNU long names, pax paths and sizes, and numbers in base 256. Folders, links, devices and
/// sparse files are passed over. What does not fit the archive's length, or is no header, is a `TarProblem`; every step
/// moves on by at least a block, so that any bytes come to an end.
package struct TarWalk<Bytes: TarBytes> {
    /// Longest long name or pax header read, in bytes.
    private static var extensionLimit: Int { 1 << 20 }

    private var source: Bytes
    private var offset = 0
    private var isAtEnd = false

    package init(_ source: Bytes) { self.source = source }

    /// What extension headers say of the member after them.
    private struct Override {
        var name: String?
        var size: Int?
        var isSparse = false
    }

    /// The next regular file, or nil at the end of the archive.
    package mutating func next() throws(TarProblem) -> TarMember? {
        var override = Override()
        while let header = try header() {
            let start = offset
            switch header.kind {
            case UInt8(ascii: "L"):
                override.name = String(decoding: try extensionData(header).prefix { $0 != 0 }, as: UTF8.self)
            case UInt8(ascii: "x"), UInt8(ascii: "X"):
                try Self.apply(try extensionData(header), to: &override, at: start)
            case UInt8(ascii: "K"), UInt8(ascii: "g"):
                try skip(header.size)
            default:
                if header.hasSparseBlocks { try skipSparseBlocks() }
                let member = TarMember(name: override.name ?? header.name, offset: offset, size: override.size ?? header.size)
                if header.hasData { try skip(member.size) }
                if header.isRegularFile && !override.isSparse { return member }
                override = Override()
            }
        }
        return nil
    }

    // MARK: Steps

    /// The header at the present place, passed; nil at the zero block that ends an archive, or at the end of the bytes.
    private mutating func header() throws(TarProblem) -> TarHeader? {
        if isAtEnd || offset == source.count { return nil }
        let block = try read(TarHeader.blockSize)
        if block.allSatisfy({ $0 == 0 }) {
            isAtEnd = true
            return nil
        }
        let header = try TarHeader(block, at: offset)
        offset += TarHeader.blockSize
        return header
    }

    /// Bytes at the present place, which is not moved.
    private mutating func read(_ count: Int) throws(TarProblem) -> ArraySlice<UInt8> {
        guard count <= source.count - offset else {
            throw TarProblem(offset: offset, text: "the archive ends after \(source.count - offset) of \(count) bytes")
        }
        let bytes = try source.bytes(at: offset, count: count)
        guard bytes.count == count else {
            throw TarProblem(offset: offset, text: "the archive became shorter while it was read")
        }
        return bytes
    }

    /// Passes data and its padding; only the last member's padding may be missing.
    private mutating func skip(_ size: Int) throws(TarProblem) {
        guard size <= source.count - offset else {
            throw TarProblem(offset: offset, text: "the archive ends after \(source.count - offset) of \(size) bytes of a member")
        }
        let padding = (TarHeader.blockSize - size % TarHeader.blockSize) % TarHeader.blockSize
        offset += min(size + padding, source.count - offset)
    }

    private mutating func extensionData(_ header: TarHeader) throws(TarProblem) -> ArraySlice<UInt8> {
        guard header.size <= Self.extensionLimit else {
            throw TarProblem(offset: offset, text: "an extension header of \(header.size) bytes, at most \(Self.extensionLimit) are read")
        }
        let data = try read(header.size)
        try skip(header.size)
        return data
    }

    /// Passes the continuation blocks of an old GNU sparse file; byte 504 of each says whether another follows.
    private mutating func skipSparseBlocks() throws(TarProblem) {
        var continues = true
        while continues {
            let block = try read(TarHeader.blockSize)
            continues = block[block.startIndex + 504] != 0
            offset += TarHeader.blockSize
        }
    }

    // MARK: pax

    /// Records "LENGTH KEY=VALUE\n", where LENGTH counts the whole record.
    private static func apply(_ data: ArraySlice<UInt8>, to override: inout Override, at offset: Int) throws(TarProblem) {
        var rest = data
        while !rest.isEmpty {
            guard let record = record(&rest) else {
                throw TarProblem(offset: offset, text: "a pax header that cannot be read")
            }
            switch record.key {
            case "path": override.name = record.value
            case "size":
                guard let size = Int(record.value), size >= 0 else {
                    throw TarProblem(offset: offset, text: "a pax header with the size '\(record.value.prefix(40))'")
                }
                override.size = size
            default: if record.key.hasPrefix("GNU.sparse.") { override.isSparse = true }
            }
        }
    }

    private static func record(_ rest: inout ArraySlice<UInt8>) -> (key: String, value: String)? {
        let digits = rest.prefix(8).prefix { (0x30...0x39).contains($0) }
        guard let length = Int(String(decoding: digits, as: UTF8.self)), length > digits.count + 2, length <= rest.count else { return nil }
        let record = rest.prefix(length)
        let body = record.dropFirst(digits.count)
        guard body.first == 0x20, body.last == 0x0A, let equals = body.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        rest = rest.dropFirst(length)
        let value = body[(equals + 1)...].dropLast().prefix { $0 != 0 }
        return (String(decoding: body[(body.startIndex + 1)..<equals], as: UTF8.self), String(decoding: value, as: UTF8.self))
    }
}
