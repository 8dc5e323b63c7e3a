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
        let tensors = try stored(model) ?? new(configuration, rank: model.recipe.adapterRank, model)
        let adapters = try ProcessorAdapterKeys.adapters(
            in: TensorTable(tensors), configuration: configuration, weight: 1, dtype: model.dtype, device: model.device)
        for (path, module) in transformer.parameters.modules {
            guard let weight = module as? AdaptableWeight else { continue }
            if model.recipe.baseIs8Bit {
                try weight.storeInEightBits()
                transformer.parameters.forget(["\(path).weight"])
            }
            if let adapter = adapters[path] { try weight.attach([adapter], as: .beside) }
        }
        return tensors
    }

    private static func stored(_ model: ModelInTraining) throws -> [(name: String, tensor: Tensor)]? {
        guard let file = model.description.files.loras?.first else { return nil }
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
