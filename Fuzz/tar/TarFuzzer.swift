// Feeds libFuzzer's bytes to the reader of tar archives. Compiled together with the reader's own files; see README.md.

/// The archive in memory.
struct Memory: TarBytes {
    let content: [UInt8]
    var count: Int { content.count }
    func bytes(at offset: Int, count: Int) -> ArraySlice<UInt8> { content.dropFirst(offset).prefix(count) }
}

/// Reads `count` bytes as an archive and traps where an accepted one breaks a promise.
///
/// The first byte says which of the following blocks get a checksum that fits: without help hardly a mutation would get past it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTar(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
    var bytes = Array(input.dropFirst())
    for (number, block) in stride(from: 0, through: bytes.count - 512, by: 512).enumerated() where input[0] >> UInt8(number % 8) & 1 == 1 {
        seal(&bytes, at: block)
    }
    do throws(TarProblem) {
        for sample in try TarIndex(Memory(content: bytes)).samples {
            for member in [sample.target] + sample.references + sample.masks + [sample.json, sample.text].compactMap(\.self) {
                precondition(member.size >= 0 && member.offset <= bytes.count && member.size <= bytes.count - member.offset, "a member lies inside")
            }
            precondition(sample.masks.isEmpty || sample.masks.count == sample.references.count, "a mask for every reference, or none")
        }
    } catch {
        precondition(!error.text.isEmpty && (0...bytes.count).contains(error.offset), "a refusal says why and where")
    }
    return 0
}

private func seal(_ bytes: inout [UInt8], at start: Int) {
    bytes.replaceSubrange(start + 148..<start + 156, with: [UInt8](repeating: 0x20, count: 8))
    let digits = String(bytes[start..<start + 512].reduce(0) { $0 + Int($1) }, radix: 8)
    bytes.replaceSubrange(start + 148..<start + 155, with: Array((String(repeating: "0", count: 6 - digits.count) + digits).utf8) + [0])
}
