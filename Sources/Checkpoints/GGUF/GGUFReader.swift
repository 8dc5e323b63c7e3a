public import Torch

/// Tensors of a GGUF file, mapped into memory and not copied.
///
/// Opening costs as much as the header. Tensors of plain numbers borrow the mapped bytes, as `SafetensorsReader`'s do; of those in blocks,
/// `coded` borrows the blocks, and `tensor` makes numbers. Versions 2 and 3, little endian. Source: ggml, docs/gguf.md.
public final class GGUFReader: TensorSource {
    /// The path as given.
    public let location: String
    /// Tensor names in the order of the header.
    public let keys: [String]
    /// The metadata as text; of long arrays only the beginning.
    public let metadata: [String: String]

    private let file: MappedFile
    private let dataStart: Int
    private let entries: [String: GGUFHeader.Entry]

    /// Whether a file's first bytes are those of GGUF. Files that cannot be opened are not.
    static func recognizes(path: String) -> Bool {
        guard let file = try? MappedFile(path: path) else { return false }
        return withExtendedLifetime(file) { file.bytes.starts(with: GGUFHeader.mark) }
    }

    /// Maps the file at `path` and checks its whole header.
    ///
    /// Throws `CheckpointError.notFound`, `.unreadable`, or `.malformed` with the tensor's name and a remedy.
    public init(path: String) throws(CheckpointError) {
        file = try MappedFile(path: path)
        let header: GGUFHeader
        do throws(ContentProblem) { header = try GGUFHeader(file: file.bytes) } catch {
            throw .malformed(path: path, problem: error.description)
        }
        location = path
        keys = header.entries.map(\.name)
        metadata = header.metadata.mapValues(\.description)
        dataStart = header.dataStart
        entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
    }

    /// Shape and element type under `key`; float32 for tensors in blocks.
    public func info(_ key: String) -> TensorInfo? {
        entries[key].map { entry in
            if case .plain(let dtype) = entry.type { TensorInfo(dtype: dtype, shape: entry.shape) } else { TensorInfo(dtype: .float32, shape: entry.shape) }
        }
    }

    /// The numbers under `key`, on the CPU: as stored, or float32 made of blocks.
    ///
    /// Throws `CheckpointError.unknownTensor`.
    public func tensor(_ key: String) throws -> Tensor {
        guard let entry = entries[key] else { throw unknown(key) }
        switch entry.type {
        case .plain(let dtype):
            return try .borrowing(bytes(entry), shape: entry.shape, dtype: dtype, owner: file)
        case .blocks(let code):
            return try matrix(entry, code).values(as: .float32).reshaped(entry.shape)
        }
    }

    /// The matrix under `key` in its blocks; nil for plain numbers and other shapes.
    public func coded(_ key: String) throws -> (any CodedMatrix)? {
        guard let entry = entries[key], entry.shape.count == 2, case .blocks(let code) = entry.type else { return nil }
        return try matrix(entry, code)
    }

    public func stored(_ key: String) -> StoredForm? { entries[key].map { StoredForm(name: $0.type.name, byteCount: $0.range.count) } }

    public func release(_ key: String) {
        guard let range = entries[key]?.range else { return }
        file.release(dataStart + range.lowerBound..<dataStart + range.upperBound)
    }

    private func matrix(_ entry: GGUFHeader.Entry, _ code: BlockCode) throws -> BlockMatrix {
        let columns = entry.shape.last ?? 1
        let shape = [entry.shape.dropLast().reduce(1, *), columns / code.count, code.byteCount]
        return BlockMatrix(code, blocks: try .borrowing(bytes(entry), shape: shape, dtype: .uint8, owner: file))
    }

    private func bytes(_ entry: GGUFHeader.Entry) -> Slice<UnsafeRawBufferPointer> {
        file.bytes[(dataStart + entry.range.lowerBound)..<(dataStart + entry.range.upperBound)]
    }
}
