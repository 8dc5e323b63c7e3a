// Feeds libFuzzer's bytes to the header reader. Compiled together with the reader's own files; see ../README.md.

/// Reads `count` bytes as a safetensors file and traps where an accepted header breaks a promise.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSafetensorsHeader(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let file = UnsafeRawBufferPointer(start: bytes, count: count)
    do throws(HeaderProblem) {
        let header = try SafetensorsHeader(file: file)
        let covered = header.entries.reduce(header.dataStart) { $0 + $1.range.count }
        precondition(covered == count, "an accepted header accounts for every byte")
        for entry in header.entries {
            let size = entry.shape.reduce(entry.type.byteCount, *)
            precondition(entry.range.count == size, "a tensor has the bytes its shape asks for")
        }
    } catch {
        precondition(!error.description.isEmpty, "a refusal says why")
    }
    return 0
}
