/// What is wrong with the bytes of a file; the text follows the file's name.
package struct ContentProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }

    static func damaged(_ detail: String) -> ContentProblem { ContentProblem("\(detail). The file is damaged: download it again") }
}

/// Little-endian numbers and slices of bytes, each checked before it is read.
struct ByteCursor {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    /// - Throws: where fewer than `count` bytes are left.
    mutating func take(_ count: Int) throws(ContentProblem) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= bytes.count - position else { throw .damaged("it ends at byte \(bytes.count), in the middle of a value") }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// A number of `count` bytes, up to 8, without a sign.
    mutating func number(_ count: Int) throws(ContentProblem) -> UInt64 {
        try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A length or an offset of `count` bytes.
    mutating func length(_ count: Int) throws(ContentProblem) -> Int {
        guard let length = Int(exactly: try number(count)) else { throw .damaged("a length at byte \(position) is beyond any file") }
        return length
    }

    mutating func text(_ count: Int) throws(ContentProblem) -> String { String(decoding: try take(count), as: UTF8.self) }

    mutating func line() throws(ContentProblem) -> String {
        guard let end = bytes[position...].firstIndex(of: 10) else { throw .damaged("a name at byte \(position) does not end") }
        let line = try text(end - position)
        position = end + 1
        return line
    }
}
