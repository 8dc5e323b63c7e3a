/// A value of a GGUF file's metadata.
package enum GGUFValue: Sendable, Equatable, CustomStringConvertible {
    case unsigned(UInt64)
    case signed(Int64)
    case number(Double)
    case bool(Bool)
    case text(String)
    /// The first elements of an array, and how many it has.
    case array(first: [GGUFValue], count: Int)

    package var description: String {
        switch self {
        case .unsigned(let value): "\(value)"
        case .signed(let value): "\(value)"
        case .number(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .text(let value): value
        case .array(let first, let count):
            "[\(first.map(\.description).joined(separator: ", "))\(first.count < count ? ", … \(count) in all" : "")]"
        }
    }
}

/// The types of metadata values, by their numbers in the file. Source: ggml, docs/gguf.md.
enum GGUFValueType: UInt32 {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

    /// Bytes that a value takes at least; exactly, where it has no length of its own.
    var byteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .string, .uint64, .int64, .float64: 8
        case .array: 12
        }
    }

    var hasFixedSize: Bool { self != .string && self != .array }
}

extension ByteCursor {
    /// A length in eight bytes, then so many bytes of text.
    mutating func ggufText() throws(ContentProblem) -> UnsafeRawBufferPointer {
        try take(length(8))
    }

    mutating func ggufValueType() throws(ContentProblem) -> GGUFValueType {
        let start = position
        let number = UInt32(truncatingIfNeeded: try number(4))
        guard let type = GGUFValueType(rawValue: number) else {
            throw .damaged("the metadata value at byte \(start) has the type \(number), expected 0 to \(GGUFValueType.float64.rawValue)")
        }
        return type
    }

    /// - Parameter depth: how many arrays may lie within one another from here on.
    mutating func ggufValue(_ type: GGUFValueType, depth: Int = 4) throws(ContentProblem) -> GGUFValue {
        switch type {
        case .uint8, .uint16, .uint32, .uint64: return .unsigned(try number(type.byteCount))
        case .int8, .int16, .int32, .int64:
            let unused = 64 - 8 * type.byteCount
            return .signed(Int64(bitPattern: try number(type.byteCount) << unused) >> unused)
        case .float32: return .number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try number(4)))))
        case .float64: return .number(Double(bitPattern: try number(8)))
        case .bool: return .bool(try number(1) != 0)
        case .string: return .text(String(decoding: try ggufText(), as: UTF8.self))
        case .array: return try ggufArray(depth: depth)
        }
    }

    private mutating func ggufArray(depth: Int) throws(ContentProblem) -> GGUFValue {
        let start = position
        guard depth > 0 else { throw .damaged("the array at byte \(start) lies within too many others") }
        let type = try ggufValueType()
        let count = try length(8)
        guard count <= (bytes.count - position) / type.byteCount else {
            throw .damaged("the array at byte \(start) has \(count) elements, more than the file holds")
        }
        // Vocabularies of a hundred thousand words are stepped over, not kept.
        let shown = min(count, 8)
        var first: [GGUFValue] = []
        for _ in 0..<shown { first.append(try ggufValue(type, depth: depth - 1)) }
        if type.hasFixedSize {
            _ = try take((count - shown) * type.byteCount)
        } else {
            for _ in shown..<count { _ = try ggufValue(type, depth: depth - 1) }
        }
        return .array(first: first, count: count)
    }
}
