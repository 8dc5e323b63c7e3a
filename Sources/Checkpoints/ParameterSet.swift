public import Torch

/// What a model was built from: every tensor handed out, and every module that registered itself.
///
/// The list for training, saving, counting and moving between devices, and the place where adapters find their layers.
public final class ParameterSet {
    /// Tensors by whole key, in the order the model asked for them.
    public private(set) var parameters: [(path: String, tensor: Tensor)] = []
    /// Modules by path, in the order they registered with `ParameterScope.record`.
    public private(set) var modules: [(path: String, module: AnyObject)] = []
    private var positions: [String: Int] = [:]

    /// A set without parameters.
    public init() {}

    /// Number of values in all tensors together, as model sizes are quoted.
    public var count: Int { parameters.reduce(0) { $0 + $1.tensor.count } }
    /// Bytes of all tensors together.
    public var byteCount: Int { parameters.reduce(0) { $0 + $1.tensor.byteCount } }

    /// The tensor handed out under the whole key `path`.
    public subscript(path: String) -> Tensor? { positions[path].map { parameters[$0].tensor } }

    /// Lets go of tensors that a model no longer uses, so that their memory is free once the model has let go too.
    public func forget(_ paths: Set<String>) {
        parameters.removeAll { paths.contains($0.path) }
        positions = Dictionary(uniqueKeysWithValues: parameters.enumerated().map { ($1.path, $0) })
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
