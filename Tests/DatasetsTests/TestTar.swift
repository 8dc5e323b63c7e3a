/// Writes tar archives, sound ones and others.
struct TestTar {
    private(set) var bytes: [UInt8] = []

    /// A member with its header, data and padding.
    mutating func add(
        _ name: String, _ data: [UInt8], kind: Character = "0", size: [UInt8]? = nil, prefix: String = "", magic: [UInt8] = Array("ustar\0".utf8)
    ) {
        bytes += Self.header(name, size: size ?? Self.octal(data.count, 12), kind: kind, prefix: prefix, magic: magic)
        bytes += data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    mutating func add(_ name: String, _ text: String, kind: Character = "0") { add(name, Array(text.utf8), kind: kind) }

    /// A pax header for the next member.
    mutating func addPax(_ records: [(key: String, value: String)]) {
        add("PaxHeaders/x", records.flatMap { Self.paxRecord($0.key, $0.value) }, kind: "x")
    }

    /// With the two zero blocks that end an archive.
    var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    static func paxRecord(_ key: String, _ value: String) -> [UInt8] {
        let body = " \(key)=\(value)\n".utf8
        var length = body.count + 1
        while "\(length)".utf8.count + body.count != length { length = "\(length)".utf8.count + body.count }
        return Array("\(length)".utf8) + body
    }

    static func octal(_ value: Int, _ width: Int) -> [UInt8] {
        let digits = String(value, radix: 8)
        return Array(String(repeating: "0", count: width - 1 - digits.count).utf8) + Array(digits.utf8) + [0]
    }

    /// A number in base 256, as GNU tar writes large ones.
    static func base256(_ value: Int) -> [UInt8] {
        [0x80] + (0..<11).reversed().map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * $0)) : 0 }
    }

    static func header(_ name: String, size: [UInt8], kind: Character = "0", prefix: String = "", magic: [UInt8]) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ field: [UInt8], at place: Int) { block.replaceSubrange(place..<place + field.count, with: field) }
        put(Array(name.utf8.prefix(100)), at: 0)
        put(octal(0o644, 8), at: 100)
        put(size, at: 124)
        put([kind.asciiValue ?? 0], at: 156)
        put(magic, at: 257)
        put(Array(prefix.utf8.prefix(155)), at: 345)
        return sealed(block)
    }

    /// The block with the checksum of its content.
    static func sealed(_ block: [UInt8]) -> [UInt8] {
        var block = block
        block.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        let sum = block.reduce(0) { $0 + Int($1) }
        block.replaceSubrange(148..<156, with: octal(sum, 7) + [0x20])
        return block
    }
}
