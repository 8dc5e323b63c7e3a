public import Torch

/// A path and where its tensors come from; layers ask it for their parameters in `init`.
///
/// ```swift
/// init(_ inputs: Int, _ outputs: Int, at scope: ParameterScope) throws {
///     weight = try scope.parameter("weight", [outputs, inputs])
/// }
/// let loaded = try ParameterScope.load(source) { try Model(configuration, at: $0) }
/// ```
/// A missing or misshapen tensor is noted and a placeholder stands in for it, so that one attempt finds all problems of a
/// file; `load` throws them together.
public struct ParameterScope {
    /// The path so far, as in "double_blocks.3.img_attn"; empty at the root.
    public let path: String
    private let provider: ParameterProvider

    /// The scope one part deeper.
    public func callAsFunction(_ name: String) -> ParameterScope { ParameterScope(path: key(name), provider: provider) }

    /// The scope of one element of a numbered list, as in `scope("double_blocks")(3)`.
    public func callAsFunction(_ index: Int) -> ParameterScope { self(String(index)) }

    /// The tensor `name` below this path, of exactly `shape`.
    ///
    /// - Parameter dtype: the element type to convert to whatever is stored. By default floating-point tensors are
    ///   converted to the type asked for at loading, if any, and others stay as stored.
    /// - Returns: the tensor on the scope's device, or a placeholder of `shape` where the source lacks it. Asking twice
    ///   for a key, as tied weights do, gives the same tensor.
    /// - Throws: `TorchError` where conversion fails. Missing and misshapen tensors are noted, and thrown by `load`.
    public func parameter(_ name: String, _ shape: [Int], dtype: DType? = nil) throws -> Tensor {
        try provider.parameter(key(name), shape, dtype)
    }

    /// The weight `name` below this path of a linear layer, `[outputs, inputs]`, in the form that was asked for at loading.
    ///
    /// - Throws: as `parameter`, and `CheckpointError.alreadyCoded`.
    public func weight(_ name: String, _ shape: [Int]) throws -> LayerWeight { try provider.weight(key(name), shape) }

    /// Whether the source has a tensor `name` below this path; always true where the source makes any tensor.
    public func contains(_ name: String) -> Bool { provider.contains(key(name)) }

    /// Type and shape of the tensor `name` below this path, for sizes the file decides, as an adapter's rank.
    public func info(_ name: String) -> TensorInfo? { provider.info(key(name)) }

    /// Registers a module under this path, for adapters to find.
    public func record(module: AnyObject) { provider.parameters.add(module: module, at: path) }

    /// What was handed out so far, from the root down.
    public var parameters: ParameterSet { provider.parameters }

    private func key(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}

extension ParameterScope {
    /// Builds a model from a source, whole or not at all.
    ///
    /// - Parameters:
    ///   - source: where the tensors come from.
    ///   - dtype: the type floating-point parameters are converted to; nil keeps them as stored.
    ///   - device: where parameters live.
    ///   - storage: the form that the weights of large linear layers stay in.
    ///   - layers: beginnings of the keys of those weights.
    ///   - stays: which parameters, by key and shape, stay in main memory all the same, for the caller to move.
    ///   - ignoring: keys of the source that may stay unused: whole keys, or prefixes ending in ".".
    ///   - build: makes the model from the root scope. It must only ask for parameters: values may be placeholders.
    /// - Throws: `CheckpointError.incomplete` naming every key that is missing, misshapen or unexpected.
    public static func load<Model>(
        _ source: any TensorSource, dtype: DType? = nil, device: Device = .cpu, storage: WeightStorage = .numbers, of layers: [String] = [],
        staying stays: @escaping (String, [Int]) -> Bool = { _, _ in false }, ignoring: [String] = [],
        _ build: (ParameterScope) throws -> Model
    ) throws -> Loaded<Model> {
        let provider = ParameterProvider(.source(source), .init(dtype: dtype, device: device, storage: storage, layers: layers, stays: stays))
        let model: Model
        do {
            model = try build(ParameterScope(path: "", provider: provider))
        } catch {
            // A placeholder may have made `build` fail; the report then says why.
            if !provider.report.isClean { throw CheckpointError.incomplete(provider.report) }
            throw error
        }
        let report = provider.finalReport(ignoring: ignoring)
        guard report.isClean else { throw CheckpointError.incomplete(report) }
        return Loaded(model: model, parameters: provider.parameters)
    }

    /// What a model would hold after `load` with the same arguments: the record of its parameters, whose sizes are right and whose values are
    /// stand-ins. Only the source's headers are read, and every problem of its keys is found.
    public static func outline<Model>(
        of source: any TensorSource, dtype: DType? = nil, storage: WeightStorage = .numbers, of layers: [String] = [], ignoring: [String] = [],
        _ build: (ParameterScope) throws -> Model
    ) throws -> ParameterSet {
        try load(SourceOutline(source), dtype: dtype, storage: storage, of: layers, ignoring: ignoring, build).parameters
    }

    /// A root scope that makes normally distributed weights of any name and shape, for benchmarks at real width.
    ///
    /// The same seed and order of questions give the same weights. Tensors of more than a million values are copied from
    /// one block of 16 million drawn ones, so that twelve billion take seconds: fit to measure speed, not to train from.
    public static func random(
        seed: UInt64, dtype: DType, device: Device = .cpu, standardDeviation: Double = 0.02,
        sharesMemory: Bool = false, storage: WeightStorage = .numbers, of layers: [String] = []
    ) -> ParameterScope {
        let weights = RandomWeights(seed: seed, dtype: dtype, standardDeviation: standardDeviation, sharesMemory: sharesMemory)
        let keeping = ParameterProvider.Keeping(dtype: dtype, device: device, storage: storage, layers: layers)
        return ParameterScope(path: "", provider: ParameterProvider(.random(weights), keeping))
    }

    /// A root scope that makes stand-ins of any name and shape, which take no memory and must not be computed with: for
    /// counting what a model has.
    public static func shapes(dtype: DType = .float32, storage: WeightStorage = .numbers, of layers: [String] = []) -> ParameterScope {
        ParameterScope(path: "", provider: ParameterProvider(.shapes, .init(dtype: dtype, storage: storage, layers: layers)))
    }

    /// A root scope that makes zeros of any name and shape.
    public static func zeros(dtype: DType = .float32, device: Device = .cpu) -> ParameterScope {
        ParameterScope(path: "", provider: ParameterProvider(.zeros, .init(dtype: dtype, device: device)))
    }
}
