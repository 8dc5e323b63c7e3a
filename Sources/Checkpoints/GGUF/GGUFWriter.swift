import Foundation
public import Torch

/// Writes GGUF files, version 3, that are whole or not there.
///
/// Each tensor begins at a multiple of 32 bytes. Source: ggml, docs/gguf.md.
public enum GGUFWriter {
    /// A tensor to be written.
    public struct Item: Sendable {
        /// Its key.
        public let name: String
        /// Slowest dimension first.
        public let shape: [Int]
        let type: GGUFType

        /// Plain numbers.
        public init(_ name: String, _ info: TensorInfo) {
            (self.name, shape, type) = (name, info.shape, .plain(info.dtype))
        }

        /// A matrix in blocks, handed over as `BlockMatrix.blocks`. Its columns are a multiple of `code.count`.
        public init(_ name: String, _ code: BlockCode, shape: [Int]) {
            precondition(shape.count == 2 && shape[1].isMultiple(of: code.count), "\(shape) is no matrix of whole blocks")
            (self.name, self.shape, type) = (name, shape, .blocks(code))
        }

        var byteCount: Int { shape.reduce(1, *) / type.blockCount * type.blockByteCount }

        /// Why the format cannot hold the tensor; nil where it can.
        var problem: String? {
            if type.number == nil { return "GGUF has no type for '\(name)', which is \(type.name)" }
            if shape.count > 4 { return "'\(name)' has the shape \(shape), and GGUF takes up to 4 dimensions" }
            return name.isEmpty ? "a tensor has no name" : nil
        }
    }

    /// A value of the metadata.
    public enum Value: Sendable {
        case text(String), number(UInt32)
    }

    /// Writes tensors that are made one after another, replacing what is at `path` only when all bytes are on disk.
    ///
    /// - Parameters:
    ///   - items: all tensors, in the order of the file; of types and ranks that the format has.
    ///   - metadata: stands before them, in this order.
    ///   - fill: hands over each tensor once, in any order: plain ones in their type and shape, others as blocks.
    /// - Throws: `CheckpointError.unwritable`, or what `fill` throws; nothing is left behind then.
    public static func write(
        _ items: [Item], metadata: [(key: String, value: Value)] = [], to path: String,
        fill: ((String, Tensor) throws -> Void) throws -> Void
    ) throws {
        var names: Set<String> = []
        for item in items {
            let repetition = names.insert(item.name).inserted ? nil : "the name '\(item.name)' is given twice"
            if let problem = item.problem ?? repetition { throw CheckpointError.unwritable(path: path, reason: problem) }
        }
        let header = header(items, metadata)
        var places = Dictionary(uniqueKeysWithValues: zip(items, offsets(items)).map { ($0.name, (item: $0, offset: header.count + $1)) })
        try AtomicFile.write(to: path) { file in
            try file.append(header)
            try fill { name, tensor in
                guard let place = places.removeValue(forKey: name) else { preconditionFailure("'\(name)' was not announced, or is given twice") }
                precondition(tensor.byteCount == place.item.byteCount, "'\(name)' is not as it was announced")
                if tensor.count > 0 { try tensor.withUnsafeBytes { bytes in try file.write(bytes, at: place.offset) } }
            }
            precondition(places.isEmpty, "\(places.keys.sorted()) were announced and not given")
            try file.extend(to: byteCount(items, metadata: metadata))
        }
    }

    /// Bytes of a file with these tensors.
    public static func byteCount(_ items: [Item], metadata: [(key: String, value: Value)] = []) -> Int {
        items.reduce(header(items, metadata).count) { $0 + GGUFHeader.aligned($1.byteCount, to: GGUFHeader.defaultAlignment) }
    }

    /// Where each tensor begins behind the header.
    private static func offsets(_ items: [Item]) -> [Int] {
        var offset = 0
        return items.map { item in
            defer { offset = GGUFHeader.aligned(offset + item.byteCount, to: GGUFHeader.defaultAlignment) }
            return offset
        }
    }

    private static func header(_ items: [Item], _ metadata: [(key: String, value: Value)]) -> [UInt8] {
        var bytes = GGUFHeader.mark
        func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
        func append(_ text: String) {
            append(UInt64(text.utf8.count))
            bytes += Array(text.utf8)
        }
        append(UInt32(3))
        append(UInt64(items.count))
        append(UInt64(metadata.count))
        for (key, value) in metadata {
            append(key)
            switch value {
            case .number(let number):
                append(GGUFValueType.uint32.rawValue)
                append(number)
            case .text(let text):
                append(GGUFValueType.string.rawValue)
                append(text)
            }
        }
        for (item, offset) in zip(items, offsets(items)) {
            append(item.name)
            append(UInt32(item.shape.count))
            for size in item.shape.reversed() { append(UInt64(size)) }
            append(item.type.number ?? 0)
            append(UInt64(offset))
        }
        return bytes + [UInt8](repeating: 0, count: -bytes.count & (GGUFHeader.defaultAlignment - 1))
    }
}
