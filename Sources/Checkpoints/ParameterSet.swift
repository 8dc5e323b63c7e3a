public import Torch

/// What a model was built from: every tensor handed out, and every module that registered itself.
///
/// The list for training, saving, counting and moving between devices, and the place where adapters find their layers.
public final class ParameterSet {
    /// Tensors by whole key, in the order the model asked for them.
    public private(set) var parameters: [(path: String, tensor: Tensor)] = []
    /// Modules by path, in the order they registered with `ParameterScope.record`.
    public private(set) var modules: [(path: String, module: AnyObject)] = []
    /// Matrices that stay in a code, by whole key; they are none of `parameters`.
    public private(set) var coded: [(path: String, matrix: any CodedMatrix)] = []
    private var positions: [String: Int] = [:]
    private var codes: [String: any CodedMatrix] = [:]

    /// A set without parameters.
    public init() {}

    /// Number of values in all tensors and codes together, as model sizes are quoted.
    public var count: Int { parameters.reduce(0) { $0 + $1.tensor.count } + coded.reduce(0) { $0 + $1.matrix.shape.reduce(1, *) } }
    /// Bytes of all tensors and codes together.
    public var byteCount: Int { parameters.reduce(0) { $0 + $1.tensor.byteCount } + coded.reduce(0) { $0 + $1.matrix.byteCount } }

    /// The tensor handed out under the whole key `path`.
    public subscript(path: String) -> Tensor? { positions[path].map { parameters[$0].tensor } }

    /// Lets go of tensors that a model no longer uses, so that their memory is free once the model has let go too.
    public func forget(_ paths: Set<String>) {
        parameters.removeAll { paths.contains($0.path) }
        positions = Dictionary(uniqueKeysWithValues: parameters.enumerated().map { ($1.path, $0) })
        coded.removeAll { paths.contains($0.path) }
        for path in paths { codes[path] = nil }
    }

    /// The code handed out under the whole key `path`.
    func code(at path: String) -> (any CodedMatrix)? { codes[path] }

    func add(_ matrix: any CodedMatrix, at path: String) {
        codes[path] = matrix
        coded.append((path, matrix))
    }

    func add(_ tensor: Tensor, at path: String) {
        positions[path] = parameters.count
        parameters.append((path, tensor))
    }

    func add(module: AnyObject, at path: String) { modules.append((path, module)) }
}

/// A model, and the parameters it was built from.
public struct Loaded<Model> {
    /// The model, complete.
    public let model: Model
    /// Every tensor it holds, by key.
    public let parameters: ParameterSet

    /// A model built otherwise than by `ParameterScope.load`, with what its scope recorded.
    public init(model: Model, parameters: ParameterSet) {
        self.model = model
        self.parameters = parameters
    }
}
