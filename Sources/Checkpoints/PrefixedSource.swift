public import Torch

/// One network of a checkpoint that holds several: the tensors whose names begin alike, under the rest of their names.
public final class PrefixedSource: TensorSource {
    public let keys: [String]
    private let source: any TensorSource
    private let prefix: String

    /// - Parameter prefix: the beginning of the names, up to and including a ".".
    public init(_ source: any TensorSource, prefix: String) {
        self.source = source
        self.prefix = prefix
        keys = source.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    public var location: String { source.location }
    public var files: [String] { source.files }
    public var metadata: [String: String] { source.metadata }
    public var holdsValues: Bool { source.holdsValues }
    public func info(_ key: String) -> TensorInfo? { source.info(prefix + key) }
    public func tensor(_ key: String) throws -> Tensor { try source.tensor(prefix + key) }
    public func coded(_ key: String) throws -> (any CodedMatrix)? { try source.coded(prefix + key) }
    public func stored(_ key: String) -> StoredForm? { source.stored(prefix + key) }
    public func release(_ key: String) { source.release(prefix + key) }
}
