public import Torch

/// Named tensors in memory as a source to build from: the tensors themselves, not copies.
public final class TensorTable: TensorSource {
    public let location: String
    public let keys: [String]
    private let tensors: [String: Tensor]

    /// - Parameter location: what errors call the source.
    public init(_ tensors: [(name: String, tensor: Tensor)], location: String = "memory") {
        self.location = location
        keys = tensors.map(\.name)
        self.tensors = Dictionary(tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
    }

    public func info(_ key: String) -> TensorInfo? { tensors[key].map { TensorInfo(dtype: $0.dtype, shape: $0.shape) } }

    public func tensor(_ key: String) throws -> Tensor {
        guard let tensor = tensors[key] else { throw unknown(key) }
        return tensor
    }
}

/// Another source, each tensor of which is copied into memory of its own when read, so that it may be written to.
public final class CopiedTensors: TensorSource {
    private let source: any TensorSource

    public init(_ source: any TensorSource) { self.source = source }

    public var location: String { source.location }
    public var keys: [String] { source.keys }
    public var metadata: [String: String] { source.metadata }
    public var holdsValues: Bool { source.holdsValues }
    public func info(_ key: String) -> TensorInfo? { source.info(key) }
    public func tensor(_ key: String) throws -> Tensor { try source.tensor(key).cloned() }
    public func coded(_ key: String) throws -> (any CodedMatrix)? { try source.coded(key) }
}
