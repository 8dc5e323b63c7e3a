import Checkpoints
import Flux
import Layers
import Torch
import UNO

/// A low-rank adapter on a transformer: the one its directory has, or a new one.
enum AdapterInTraining {
    /// Attaches the adapter beside the weights.
    ///
    /// A new one starts as the official trainer's: down from a normal distribution of deviation 1 / rank, up at zero.
    /// - Returns: its tensors under the official file's keys.
    static func attach(to transformer: Loaded<FluxTransformer>, _ model: ModelInTraining) throws -> [(name: String, tensor: Tensor)] {
        let configuration = transformer.model.configuration
        let file = try file(model)
        let tensors = try file.map { try stored($0, model) } ?? new(configuration, rank: model.recipe.adapterRank, model)
        let adapters = try ProcessorAdapterKeys.adapters(
            in: TensorTable(tensors), configuration: configuration, weight: file?.weight ?? 1, dtype: model.dtype, device: model.device)
        for (path, module) in transformer.parameters.modules {
            guard let weight = module as? AdaptableWeight else { continue }
            if model.recipe.baseIs8Bit {
                try weight.storeInEightBits(on: model.device)
                transformer.parameters.forget(["\(path).weight"])
            }
            if let adapter = adapters[path] { try weight.attach([adapter], as: .beside) }
        }
        return tensors
    }

    /// Puts the adapters of the directory into the transformer's weights, as drawing with it does. Weights in training keep
    /// them for good, so that training begins with the model that was named.
    static func merge(into transformer: Loaded<FluxTransformer>, _ model: ModelInTraining) throws {
        let files = model.adapters.map { AdapterFile(path: model.directory.file($0.file), weight: $0.weight ?? 1) }
        try transformer.attach(files, merges: true, dtype: model.dtype, device: model.device)
        guard model.isTrained(.flux) else { return }
        for (_, module) in transformer.parameters.modules { try (module as? AdaptableWeight)?.absorbAdapters() }
    }

    /// The adapter that goes on; nil begins a new one.
    /// - Throws: `TrainingError.recipe` where the model has several.
    static func file(_ model: ModelInTraining) throws -> ModelDescription.Adapter? {
        guard model.adapters.count <= 1 else {
            throw TrainingError.recipe(
                field: "model", problem: "lists \(model.adapters.count) adapters (\(model.adapters.map(\.file).joined(separator: ", "))), of which one can be trained",
                remedy: "Name a model.json with the one to go on with, or without any to begin anew.")
        }
        return model.adapters.first
    }

    private static func stored(_ file: ModelDescription.Adapter, _ model: ModelInTraining) throws -> [(name: String, tensor: Tensor)] {
        let source = try Checkpoint.open(model.directory.file(file.file))
        return try source.keys.map { ($0, try source.tensor($0).cloned().to(model.dtype).to(model.device)) }
    }

    private static func new(_ configuration: FluxConfiguration, rank: Int, _ model: ModelInTraining) throws -> [(name: String, tensor: Tensor)] {
        let generator = try RandomGenerator(seed: UInt64(model.recipe.seed))
        return try ProcessorAdapterKeys.shapes(for: configuration, rank: rank).map { key, shape in
            let values = key.hasSuffix("down.weight")
                ? try Tensor.normal(shape, using: generator) / Double(rank) : try Tensor.zeros(shape)
            return (key, try values.to(model.dtype).to(model.device))
        }
    }
}
