/// The table of a zip archive whose files are stored as they are, as PyTorch writes them.
///
/// Source: PKWARE, APPNOTE.TXT.
struct ZipArchive {
    /// Where each file's bytes are in the archive.
    let files: [String: Range<Int>]

    init(_ bytes: UnsafeRawBufferPointer) throws(ContentProblem) {
        var (start, count) = try Self.directory(bytes)
        var files: [String: Range<Int>] = [:]
        var cursor = ByteCursor(bytes: bytes, position: start)
        while count > 0 {
            guard try cursor.number(4) == 0x0201_4B50 else { throw .damaged("its table of files breaks off at byte \(cursor.position)") }
            _ = try cursor.take(6)
            let method = try cursor.number(2)
            _ = try cursor.take(8)
            var packed = try cursor.length(4), size = try cursor.length(4)
            let (nameLength, extraLength, commentLength) = (try cursor.length(2), try cursor.length(2), try cursor.length(2))
            _ = try cursor.take(8)
            start = try cursor.length(4)
            let name = try cursor.text(nameLength)
            try Self.widen(&size, &packed, &start, from: cursor.take(extraLength))
            _ = try cursor.take(commentLength)
            guard method == 0, packed == size else {
                throw ContentProblem("its part '\(name)' is compressed, which PyTorch's files are not. Save the weights as safetensors")
            }
            files[name] = try Self.content(at: start, size: size, name: name, bytes)
            count -= 1
        }
        self.files = files
    }

    /// Where the table of files begins and how many files it has.
    private static func directory(_ bytes: UnsafeRawBufferPointer) throws(ContentProblem) -> (start: Int, count: Int) {
        // The record at the end is followed by a comment of at most 65535 bytes.
        var place = bytes.count - 22
        while place >= max(0, bytes.count - 22 - 65535) {
            var cursor = ByteCursor(bytes: bytes, position: place)
            if try cursor.number(4) == 0x0605_4B50 {
                _ = try cursor.take(6)
                let count = try cursor.length(2)
                _ = try cursor.take(4)
                let start = try cursor.length(4)
                if let wide = try wideDirectory(bytes, before: place) { return wide }
                return try checked(start, count, bytes)
            }
            place -= 1
        }
        throw .damaged("it begins as a zip archive and does not end as one")
    }

    /// The same from the record that archives beyond 4 GiB have as well.
    private static func wideDirectory(_ bytes: UnsafeRawBufferPointer, before end: Int) throws(ContentProblem) -> (start: Int, count: Int)? {
        guard end >= 20 else { return nil }
        var locator = ByteCursor(bytes: bytes, position: end - 20)
        guard try locator.number(4) == 0x0706_4B50 else { return nil }
        _ = try locator.take(4)
        let place = try locator.length(8)
        guard place <= bytes.count else { throw .damaged("its table of files lies beyond its end") }
        var record = ByteCursor(bytes: bytes, position: place)
        guard try record.number(4) == 0x0606_4B50 else { throw .damaged("its table of files is not where it should be") }
        _ = try record.take(28)
        let count = try record.length(8)
        _ = try record.take(8)
        return try checked(record.length(8), count, bytes)
    }

    private static func checked(_ start: Int, _ count: Int, _ bytes: UnsafeRawBufferPointer) throws(ContentProblem) -> (start: Int, count: Int) {
        // An entry takes at least 46 bytes.
        guard start <= bytes.count, count <= (bytes.count - start) / 46 else { throw .damaged("its table of files reaches beyond its end") }
        return (start, count)
    }

    /// Takes the numbers that did not fit into four bytes from an entry's extra fields.
    private static func widen(
        _ size: inout Int, _ packed: inout Int, _ start: inout Int, from extra: UnsafeRawBufferPointer
    ) throws(ContentProblem) {
        let full = 0xFFFF_FFFF
        var cursor = ByteCursor(bytes: extra)
        while cursor.position <= extra.count - 4 {
            let (kind, length) = (try cursor.number(2), try cursor.length(2))
            var field = ByteCursor(bytes: try cursor.take(length))
            guard kind == 1 else { continue }
            if size == full { size = try field.length(8) }
            if packed == full { packed = try field.length(8) }
            if start == full { start = try field.length(8) }
        }
    }

    /// The bytes of the file whose local header is at `start`.
    private static func content(at start: Int, size: Int, name: String, _ bytes: UnsafeRawBufferPointer) throws(ContentProblem) -> Range<Int> {
        guard start <= bytes.count else { throw .damaged("its part '\(name)' lies beyond its end") }
        var cursor = ByteCursor(bytes: bytes, position: start)
        guard try cursor.number(4) == 0x0403_4B50 else { throw .damaged("its part '\(name)' is not where it should be") }
        _ = try cursor.take(22)
        let (nameLength, extraLength) = (try cursor.length(2), try cursor.length(2))
        _ = try cursor.take(nameLength)
        _ = try cursor.take(extraLength)
        let begin = cursor.position
        _ = try cursor.take(size)
        return begin..<begin + size
    }
}
