public import Torch

/// Element type and shape of a stored tensor.
public struct TensorInfo: Sendable, Equatable {
    /// The element type as stored.
    public let dtype: DType
    /// The size of each dimension; empty for a scalar.
    public let shape: [Int]
    /// Bytes of all elements.
    public var byteCount: Int { shape.reduce(dtype.byteCount, *) }

    /// Describes a tensor of `shape` with elements of `dtype`.
    public init(dtype: DType, shape: [Int]) {
        self.dtype = dtype
        self.shape = shape
    }
}

/// How the numbers of a tensor lie in a file.
public struct StoredForm: Sendable, Equatable {
    /// The element type or code, as in "bfloat16", "Q4_K" or "int8 with scales".
    public let name: String
    /// Bytes, scales included.
    public let byteCount: Int

    public init(name: String, byteCount: Int) {
        self.name = name
        self.byteCount = byteCount
    }
}

/// Named tensors to build a model from: a checkpoint file, several of them, or shapes alone.
public protocol TensorSource: AnyObject {
    /// The file or directory the tensors come from, as it stands in error messages.
    var location: String { get }
    /// The files that hold the tensors.
    var files: [String] { get }
    /// All names, in the order of the file.
    var keys: [String] { get }
    /// Free text stored beside the tensors.
    var metadata: [String: String] { get }
    /// False where tensors have a shape but no values, as in `ShapeSource`.
    var holdsValues: Bool { get }
    /// Shape and element type of what `tensor` gives under `key`, or nil where there is no such tensor.
    func info(_ key: String) -> TensorInfo?
    /// The tensor under `key`, on the CPU: as stored, or as float32 where the file holds a code for its numbers.
    ///
    /// Throws `CheckpointError.unknownTensor` where there is none.
    func tensor(_ key: String) throws -> Tensor
    /// The matrix under `key` as it is coded in the file; nil where its elements are stored as numbers.
    func coded(_ key: String) throws -> (any CodedMatrix)?
    /// How the tensor under `key` lies in the file, or nil where there is no such tensor.
    func stored(_ key: String) -> StoredForm?
    /// Gives back the memory into which the tensor under `key` was read from its file; whoever uses the tensor again reads it again.
    ///
    /// Not where anything was written to the tensor: that is lost.
    func release(_ key: String)
}

extension TensorSource {
    /// Free text stored beside the tensors; none unless the source says otherwise.
    public var metadata: [String: String] { [:] }
    /// True unless the source says otherwise.
    public var holdsValues: Bool { true }
    /// The location, unless the source says otherwise.
    public var files: [String] { [location] }
    /// None, unless the source says otherwise.
    public func coded(_ key: String) throws -> (any CodedMatrix)? { nil }
    /// Nothing, unless the source says otherwise.
    public func release(_ key: String) {}
    /// As `info` says, unless the source says otherwise.
    public func stored(_ key: String) -> StoredForm? { info(key).map { StoredForm(name: $0.dtype.rawValue, byteCount: $0.byteCount) } }

    /// The error for a name the source does not hold, with the nearest name it does.
    func unknown(_ key: String) -> CheckpointError {
        // Names differ in one part out of many, so shared beginnings and endings find the nearest at linear cost.
        func likeness(_ other: String) -> Int {
            key.utf8.commonPrefixLength(other.utf8) + key.utf8.reversed().commonPrefixLength(other.utf8.reversed())
        }
        return .unknownTensor(key, file: location, nearest: keys.max { likeness($0) < likeness($1) })
    }
}

extension Sequence where Element: Equatable {
    fileprivate func commonPrefixLength(_ other: some Sequence<Element>) -> Int {
        zip(self, other).prefix { $0 == $1 }.reduce(0) { count, _ in count + 1 }
    }
}
