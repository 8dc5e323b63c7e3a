/// Where JSON text breaks its rules, and what stood there instead.
package struct JSONProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// Offset in bytes from the start of the text.
    package let offset: Int
    /// What the rule asks for, as in "a string".
    package let expected: String
    /// What was found, as in "'-'".
    package let found: String

    package var description: String { "\(found) at byte \(offset) where \(expected) is expected" }
}

/// A strict reader of JSON text in place: the caller asks for what must come next, and no tree is built.
///
/// Time is linear in the text and memory is that of the strings returned, so that a hostile header of 100 MB costs no
/// more than an honest one. Only `skipValue` recurses, to a fixed depth. It must not outlive `bytes`.
package struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    /// Offset of the next byte to read.
    package private(set) var position = 0
    /// True between an opening bracket and the first member or element, where no comma may stand.
    private var isAtStart = false

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    // MARK: Structure

    /// Reads `{`. Then call `nextKey` until it returns nil, reading one value after each key.
    package mutating func beginObject() throws(JSONProblem) {
        try take("{", expecting: "an object")
        isAtStart = true
    }

    /// The next member's key, or nil after the closing brace.
    package mutating func nextKey() throws(JSONProblem) -> String? {
        guard try advance(to: "}") else { return nil }
        let key = try string()
        try take(":", expecting: "':'")
        return key
    }

    /// Reads `[`. Then call `nextElement` until it returns false, reading one value after each true.
    package mutating func beginArray() throws(JSONProblem) {
        try take("[", expecting: "an array")
        isAtStart = true
    }

    /// Whether another element follows; false after the closing bracket.
    package mutating func nextElement() throws(JSONProblem) -> Bool { try advance(to: "]") }

    /// Checks that only white space is left.
    package mutating func end() throws(JSONProblem) {
        skipSpace()
        if position < bytes.count { throw problem("the end of the text") }
    }

    /// Steps over a comma to the next item, or over the closing bracket.
    private mutating func advance(to close: Unicode.Scalar) throws(JSONProblem) -> Bool {
        skipSpace()
        defer { isAtStart = false }
        if next == UInt8(ascii: close) {
            position += 1
            return false
        }
        if !isAtStart { try take(",", expecting: "',' or '\(close)'") }
        return true
    }

    // MARK: Values

    /// A whole number from 0 to `Int.max`, written with digits only.
    package mutating func wholeNumber() throws(JSONProblem) -> Int {
        let expected = "a whole number from 0 to \(Int.max)"
        skipSpace()
        let start = position
        var value = 0
        while let digit = next, (0x30...0x39).contains(digit) {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(digit &- 0x30))
            if overflow || carry || (position > start && value == 0) { throw problem(expected, at: start) }
            value = sum
            position += 1
        }
        let endsCleanly = next.map { [0x2C, 0x5D, 0x7D, 0x20, 0x0A, 0x0D, 0x09].contains($0) } ?? true
        guard position > start, endsCleanly else { throw problem(expected, at: start) }
        return value
    }

    /// A string with its escapes resolved.
    package mutating func string() throws(JSONProblem) -> String {
        try take("\"", expecting: "a string")
        let start = position
        while let byte = next, byte != 0x22, byte != 0x5C, byte >= 0x20 { position += 1 }
        guard next == 0x22 else { return try stringWithEscapes(from: start) }
        let text = try text(of: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), at: start)
        position += 1
        return text
    }

    private mutating func stringWithEscapes(from start: Int) throws(JSONProblem) -> String {
        var units = Array(bytes[start..<position])
        while let byte = next, byte != 0x22 {
            if byte == 0x5C {
                units.append(contentsOf: String(try escape()).utf8)
            } else if byte >= 0x20 {
                units.append(byte)
                position += 1
            } else {
                throw problem("a character allowed in a string")
            }
        }
        try take("\"", expecting: "the string's closing quote")
        return try text(of: units, at: start)
    }

    private func text(of units: some Sequence<UInt8>, at offset: Int) throws(JSONProblem) -> String {
        guard let text = String(validating: units, as: UTF8.self) else {
            throw JSONProblem(offset: offset, expected: "UTF-8 text", found: "a string that is not UTF-8")
        }
        return text
    }

    private mutating func escape() throws(JSONProblem) -> Unicode.Scalar {
        let start = position
        position += 1
        let plain: [UInt8: Unicode.Scalar] = [
            0x22: "\"", 0x5C: "\\", 0x2F: "/", 0x62: "\u{8}", 0x66: "\u{C}", 0x6E: "\n", 0x72: "\r", 0x74: "\t",
        ]
        let letter = next
        if letter != nil { position += 1 }
        if let letter, let scalar = plain[letter] { return scalar }
        guard letter == 0x75 else { throw problem("an escape of JSON", at: start) }
        let high = try hexadecimal()
        if let scalar = Unicode.Scalar(high) { return scalar }
        // A surrogate: only a pair of them stands for a character.
        guard high < 0xDC00, next == 0x5C, position + 1 < bytes.count, bytes[position + 1] == 0x75 else {
            throw problem("a pair of surrogates", at: start)
        }
        position += 2
        let low = try hexadecimal()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
        else { throw problem("a pair of surrogates", at: start) }
        return scalar
    }

    private mutating func hexadecimal() throws(JSONProblem) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw problem("four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    /// Steps over a value of any kind, nested up to `depth` levels.
    package mutating func skipValue(depth: Int = 32) throws(JSONProblem) {
        skipSpace()
        if depth == 0 { throw problem("a value nested less deeply") }
        switch next {
        case UInt8(ascii: "{"):
            try beginObject()
            while try nextKey() != nil { try skipValue(depth: depth - 1) }
        case UInt8(ascii: "["):
            try beginArray()
            while try nextElement() { try skipValue(depth: depth - 1) }
        case UInt8(ascii: "\""):
            _ = try string()
        default:
            try skipWord()
        }
    }

    /// Steps over a number, `true`, `false` or `null`; a number's grammar is left to whoever reads it.
    private mutating func skipWord() throws(JSONProblem) {
        let start = position
        while let byte = next, Self.isWord(byte) { position += 1 }
        let word = bytes[start..<position]
        let isNumber = word.first.map { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) } ?? false
        guard isNumber || ["true", "false", "null"].contains(where: { word.elementsEqual($0.utf8) }) else {
            throw problem("a value", at: start)
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x45 || byte == 0x2B || byte == 0x2D || byte == 0x2E
    }

    // MARK: Bytes

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ scalar: Unicode.Scalar, expecting expected: String) throws(JSONProblem) {
        skipSpace()
        guard next == UInt8(ascii: scalar) else { throw problem(expected) }
        position += 1
    }

    private func problem(_ expected: String, at offset: Int? = nil) -> JSONProblem {
        let offset = offset ?? position
        guard offset < bytes.count else { return JSONProblem(offset: offset, expected: expected, found: "the end of the text") }
        let byte = bytes[offset]
        let found = (0x21...0x7E).contains(byte) ? "'\(Unicode.Scalar(byte))'" : "byte 0x\(String(byte, radix: 16))"
        return JSONProblem(offset: offset, expected: expected, found: found)
    }
}
