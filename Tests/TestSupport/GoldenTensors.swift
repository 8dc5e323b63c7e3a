internal import Foundation
public import Torch

/// The tensors of a golden safetensors file, by name.
///
/// A plain reader of trusted files: it knows nothing of `Checkpoints`, so that the foundations can be tested alone.
public struct GoldenTensors {
    /// The names, in alphabetical order.
    public let keys: [String]
    private let path: String
    private let file: Data
    private let entries: [String: Entry]

    private struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let data_offsets: [Int]
    }

    /// One row of the header: a tensor, or the metadata, which has another form.
    private struct Row: Decodable {
        let entry: Entry?
        init(from decoder: any Decoder) throws { entry = try? Entry(from: decoder) }
    }

    init(path: String) throws {
        self.path = path
        let file = try Data(contentsOf: URL(fileURLWithPath: path))
        guard file.count >= 8 else { throw GoldenError(text: "\(path) is no safetensors file") }
        let headerLength = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = file.dropFirst(8).prefix(headerLength)
        entries = try JSONDecoder().decode([String: Row].self, from: header).compactMapValues(\.entry)
        keys = entries.keys.sorted()
        self.file = file.dropFirst(8 + headerLength)
    }

    /// The tensor of that name, copied from the file.
    public subscript(_ key: String) -> Tensor {
        get throws {
            guard let entry = entries[key] else { throw GoldenError(text: "\(path) has no tensor '\(key)'") }
            guard let dtype = Self.dtypes[entry.dtype] else { throw GoldenError(text: "\(path): unknown type \(entry.dtype)") }
            let start = file.startIndex
            let bytes = file[(start + entry.data_offsets[0])..<(start + entry.data_offsets[1])]
            return try Tensor([UInt8](bytes), shape: [bytes.count]).viewed(as: dtype).reshaped(entry.shape)
        }
    }

    private static let dtypes: [String: DType] = [
        "F32": .float32, "F64": .float64, "F16": .float16, "BF16": .bfloat16, "F8_E4M3": .float8e4m3, "F8_E5M2": .float8e5m2,
        "I8": .int8, "U8": .uint8, "I16": .int16, "I32": .int32, "I64": .int64, "BOOL": .bool,
    ]
}
