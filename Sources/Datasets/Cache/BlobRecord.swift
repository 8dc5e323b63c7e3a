/// What stands before each value of a cache file: lengths, checksums, and then the key.
///
/// 32 bytes, little endian: magic 4, length of the key 4, length of the value 8, checksum of the value 8, checksum of these
/// 24 bytes and the key 8. The key follows as UTF-8, then the value.
struct BlobRecord: Sendable, Equatable {
    static let headLength = 32
    static let keyLimit = 1 << 16
    private static let magic: UInt32 = 0x3142_4C42  // "BLB1"

    let key: String
    let valueLength: Int
    let valueChecksum: UInt64

    /// Bytes before the value.
    var prefixLength: Int { Self.headLength + key.utf8.count }
    /// Bytes of the whole record.
    var length: Int { prefixLength + valueLength }

    init(key: String, value: [UInt8]) {
        self.key = key
        valueLength = value.count
        valueChecksum = XXHash64.hash(value)
    }

    /// The bytes before the value.
    var prefix: [UInt8] {
        let key = Array(key.utf8)
        var head = Self.magic.littleEndianBytes + UInt32(key.count).littleEndianBytes
        head += UInt64(valueLength).littleEndianBytes + valueChecksum.littleEndianBytes
        return head + XXHash64.hash(head + key).littleEndianBytes + key
    }

    /// The length of the key a record's first 32 bytes announce, or nil where they begin no record.
    static func keyLength(_ head: ArraySlice<UInt8>) -> Int? {
        guard head.count == headLength, UInt32(littleEndianBytes: head.prefix(4)) == magic else { return nil }
        let length = Int(UInt32(littleEndianBytes: head.dropFirst(4).prefix(4)))
        return length <= keyLimit ? length : nil
    }

    /// Reads head and key; nil where they are not whole and unharmed.
    init?(prefix: ArraySlice<UInt8>) {
        let head = prefix.prefix(Self.headLength)
        guard let keyLength = Self.keyLength(head), prefix.count >= Self.headLength + keyLength else { return nil }
        let key = prefix.dropFirst(Self.headLength).prefix(keyLength)
        guard XXHash64.hash(Array(head.prefix(24) + key)) == UInt64(littleEndianBytes: head.suffix(8)) else { return nil }
        guard let text = String(validating: key, as: UTF8.self) else { return nil }
        let length = UInt64(littleEndianBytes: head.dropFirst(8).prefix(8))
        guard length <= UInt64(Int.max >> 1) else { return nil }
        self.key = text
        valueLength = Int(length)
        valueChecksum = UInt64(littleEndianBytes: head.dropFirst(16).prefix(8))
    }
}

extension FixedWidthInteger {
    fileprivate var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }

    fileprivate init(littleEndianBytes bytes: some BidirectionalCollection<UInt8>) {
        self = bytes.reversed().reduce(0) { $0 << 8 | Self($1) }
    }
}
