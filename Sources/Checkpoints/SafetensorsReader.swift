public import Torch

/// Tensors of one safetensors file, mapped into memory and not copied.
///
/// Opening costs as much as the header, whatever the file's size: each tensor borrows the mapped bytes and keeps the
/// mapping alive, also after the reader is gone. Meanwhile the file must not be cut shorter, or touching the lost bytes
/// ends the process with SIGBUS; renaming another file over it, as `SafetensorsWriter` does, is safe.
/// Source: safetensors, README "Format".
public final class SafetensorsReader: TensorSource {
    /// The path as given.
    public let location: String
    /// Tensor names in the order of the header.
    public let keys: [String]
    /// The free text under `__metadata__`.
    public let metadata: [String: String]

    private let file: MappedFile
    private let dataStart: Int
    private let entries: [String: SafetensorsHeader.Entry]

    /// Maps the file at `path` and checks its whole header.
    ///
    /// Throws `CheckpointError.notFound`, `.unreadable`, or `.malformed` with the tensor's name and a remedy.
    public init(path: String) throws(CheckpointError) {
        file = try MappedFile(path: path)
        let header: SafetensorsHeader
        do throws(HeaderProblem) { header = try SafetensorsHeader(file: file.bytes) } catch {
            throw .malformed(path: path, problem: error.description)
        }
        location = path
        keys = header.entries.map(\.name)
        metadata = header.metadata
        dataStart = header.dataStart
        entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
    }

    /// Element type and shape under `key`, or nil where there is no such tensor.
    public func info(_ key: String) -> TensorInfo? {
        entries[key].map { TensorInfo(dtype: DType($0.type), shape: $0.shape) }
    }

    /// The tensor under `key`, on the CPU and as stored.
    ///
    /// Its bytes are those of the mapping, or a copy where the file does not align them to the element size.
    /// Throws `CheckpointError.unknownTensor`.
    public func tensor(_ key: String) throws -> Tensor {
        guard let entry = entries[key] else { throw unknown(key) }
        let dtype = DType(entry.type)
        let bytes = file.bytes[(dataStart + entry.range.lowerBound)..<(dataStart + entry.range.upperBound)]
        return try bytes.isEmpty ? .zeros(entry.shape, dtype: dtype) : .borrowing(bytes, shape: entry.shape, dtype: dtype, owner: file)
    }

    public func release(_ key: String) {
        guard let range = entries[key]?.range else { return }
        file.release(dataStart + range.lowerBound..<dataStart + range.upperBound)
    }
}

extension Tensor {
    /// A tensor over bytes of a file, or over a copy where they are not aligned to the element size.
    static func borrowing(
        _ bytes: Slice<UnsafeRawBufferPointer>, shape: [Int], dtype: DType, owner: MappedFile
    ) throws(TorchError) -> Tensor {
        guard let base = UnsafeRawBufferPointer(rebasing: bytes).baseAddress else { return try .zeros(shape, dtype: dtype) }
        if UInt(bitPattern: base) % UInt(dtype.byteCount) == 0 { return try .borrowing(base, shape: shape, dtype: dtype, owner: owner) }
        let copy = AlignedBytes(copying: bytes)
        return try .borrowing(UnsafeRawPointer(copy.base), shape: shape, dtype: dtype, owner: copy)
    }
}

/// A copy of bytes at an address any element type and vector instruction may use.
private final class AlignedBytes {
    let base: UnsafeMutableRawPointer

    init(copying bytes: Slice<UnsafeRawBufferPointer>) {
        base = .allocate(byteCount: bytes.count, alignment: 64)
        UnsafeMutableRawBufferPointer(start: base, count: bytes.count).copyBytes(from: bytes)
    }

    deinit { base.deallocate() }
}
