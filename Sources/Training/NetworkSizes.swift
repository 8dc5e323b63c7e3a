import Checkpoints
import Flux
import TextEncoders
import Torch
import UNO

/// How many values the networks of a run have, from the shapes in files and of layers; nothing is read or drawn.
struct NetworkSizes {
    /// Values by network.
    let counts: [ModelComponent: Int]
    /// Values in training.
    let trained: Int
    /// Rank of the adapter in training; 0 where none is.
    let adapterRank: Int

    /// - Throws: what reading the files' headers throws, and `TrainingError.recipe` for an adapter that cannot be trained.
    init(_ model: ModelInTraining) throws {
        var counts: [ModelComponent: Int] = [:], decoder = 0
        for component in ModelComponent.allCases where model.recipe.objective != .autoencoder || component == .autoencoder {
            let shapes = try model.shapes(component)
            counts[component] = Self.sum(shapes)
            if component == .autoencoder { decoder = Self.sum(shapes.filter { $0.key.hasPrefix("decoder.") }) }
        }
        let adapter = model.recipe.trained.contains(.adapter) ? try Self.adapter(model) : []
        adapterRank = adapter.first { $0.key.hasSuffix("down.weight") }?.shape.first ?? 0
        trained = model.recipe.trained.reduce(0) { sum, part in
            switch part {
            case .transformer: sum + (counts[.flux] ?? 0)
            case .adapter: sum + Self.sum(adapter)
            case .text: sum + (counts[.t5] ?? 0) + (counts[.clip] ?? 0)
            case .autoencoder: sum + (counts[.autoencoder] ?? 0)
            case .decoder: sum + decoder
            case .reader: sum
            }
        }
        self.counts = counts
    }

    /// Keys and shapes of the adapter that goes on, or of a new one.
    private static func adapter(_ model: ModelInTraining) throws -> [(key: String, shape: [Int])] {
        guard let file = try AdapterInTraining.file(model) else {
            return ProcessorAdapterKeys.shapes(for: model.description.flux ?? .dev, rank: model.recipe.adapterRank)
        }
        return ModelInTraining.shapes(in: try Checkpoint.open(model.directory.file(file.file)))
    }

    private static func sum(_ shapes: [(key: String, shape: [Int])]) -> Int { shapes.reduce(0) { $0 + $1.shape.reduce(1, *) } }
}

extension ModelInTraining {
    /// Keys and shapes of a component: of its file, or of the network that would be drawn at random.
    func shapes(_ component: ModelComponent) throws -> [(key: String, shape: [Int])] {
        let files = description.files
        guard recipe.initialized.contains(component) else {
            let name = switch component {
            case .flux: files.flux
            case .autoencoder: files.autoencoder
            case .t5: files.t5
            case .clip: files.clip
            }
            // Files of text encoders hold other networks beside them.
            let ignored = [.t5: T5Encoder.ignoredKeys, .clip: CLIPTextEncoder.ignoredKeys][component] ?? []
            return try Self.shapes(in: open(component, directory.file(name))).filter { entry in
                !ignored.contains { $0 == entry.key || $0.hasSuffix(".") && entry.key.hasPrefix($0) }
            }
        }
        let scope = ParameterScope.shapes()
        switch component {
        case .flux: _ = try FluxTransformer(description.flux ?? .dev, at: scope)
        case .autoencoder: _ = try AutoEncoder(description.autoencoder ?? .flux, at: scope)
        case .t5: _ = try T5Encoder(EncoderDirectory.configuration(T5Configuration.self, in: directory.file(files.t5)), at: scope)
        case .clip: _ = try CLIPTextEncoder(EncoderDirectory.configuration(CLIPTextConfiguration.self, in: directory.file(files.clip)), at: scope)
        }
        return scope.parameters.parameters.map { ($0.path, $0.tensor.shape) }
    }

    /// Keys and shapes of a checkpoint.
    static func shapes(in source: any TensorSource) -> [(key: String, shape: [Int])] {
        source.keys.compactMap { key in source.info(key).map { (key, $0.shape) } }
    }
}
