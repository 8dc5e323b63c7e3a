import Foundation
public import Torch

/// Names, types and shapes without values: the table of a checkpoint too large to keep at hand.
///
/// Building a model from it checks every key of the real file in milliseconds. The tensors it hands out take the memory
/// of one element each and must not be computed with.
public final class ShapeSource: TensorSource {
    /// What the table describes, as it stands in error messages.
    public let location: String
    /// Tensor names, in the order given or sorted.
    public let keys: [String]
    /// Always false.
    public var holdsValues: Bool { false }

    private let infos: [String: TensorInfo]

    /// A table of the given tensors. Where a name stands twice, its first entry counts.
    public init(location: String, tensors: [(name: String, info: TensorInfo)]) {
        self.location = location
        infos = Dictionary(tensors.map { ($0.name, $0.info) }, uniquingKeysWith: { first, _ in first })
        var seen: Set<String> = []
        keys = tensors.map(\.name).filter { seen.insert($0).inserted }
    }

    /// Reads a table from JSON: an object of `name: {"dtype": "BF16", "shape": [3072, 64]}`.
    ///
    /// Types are named as in safetensors or in PyTorch (`bfloat16`). Text after the type's name is left aside.
    ///
    /// - Parameters:
    ///   - manifest: path of the JSON file.
    ///   - component: names of the objects to descend into, as `["files", "ae.safetensors"]`.
    /// - Throws: `CheckpointError.notFound`, `.unreadable`, or `.malformed` where the JSON is not such a table.
    public convenience init(manifest: String, component: [String] = []) throws(CheckpointError) {
        let file = try MappedFile(path: manifest)
        let tree: Any
        do { tree = try JSONSerialization.jsonObject(with: Data(file.bytes)) } catch {
            throw .malformed(path: manifest, problem: "it is not valid JSON")
        }
        let table = component.reduce(tree as? [String: Any]) { $0?[$1] as? [String: Any] }
        guard let table else {
            throw .malformed(path: manifest, problem: "it has no object '\(component.joined(separator: "/"))'")
        }
        var tensors: [(name: String, info: TensorInfo)] = []
        for name in table.keys.sorted() {
            guard let entry = table[name] as? [String: Any], let shape = entry["shape"] as? [Int],
                let dtype = Self.dtype(named: entry["dtype"] as? String ?? "")
            else {
                throw .malformed(path: manifest, problem: "its entry '\(name)' has no 'dtype' and 'shape' of a tensor")
            }
            tensors.append((name, TensorInfo(dtype: dtype, shape: shape)))
        }
        self.init(location: manifest, tensors: tensors)
    }

    private static func dtype(named name: String) -> DType? {
        let word = name.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        return SafetensorsType(rawValue: String(word)).map(DType.init) ?? DType(rawValue: String(word))
    }

    /// Element type and shape under `key`, or nil where there is no such tensor.
    public func info(_ key: String) -> TensorInfo? { infos[key] }

    /// A tensor of the right type and shape that holds one zero. Throws `CheckpointError.unknownTensor`.
    public func tensor(_ key: String) throws -> Tensor {
        guard let info = infos[key] else { throw unknown(key) }
        return try .placeholder(info.shape, dtype: info.dtype)
    }
}
