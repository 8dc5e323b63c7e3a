import Checkpoints
package import Generation
public import TextEncoders
public import Torch

/// The networks of a FLUX.1 model directory, loaded and adapted: what every method on this base draws with.
///
/// Confined to the thread that made it, as tensors are.
public struct FluxModel {
    public let directory: ModelDirectory
    /// The transformer's dimensions.
    public let configuration: FluxConfiguration
    public let autoEncoderConfiguration: AutoEncoderConfiguration
    public let placement: Placement
    /// Type of the arithmetic.
    public var dtype: DType { placement.dtype }
    public var device: Device { placement.device }
    let networks: Networks

    /// Loads everything but the text encoders, which are loaded per prompt. With a memory plan nothing is loaded before its stage.
    ///
    /// - Parameters:
    ///   - adapters: adapter files besides those of the model's description.
    ///   - merges: whether adapters are merged into the weights, or kept beside them.
    ///   - addedTokens: tokens that a method adds to T5's.
    /// - Throws: errors of the files, naming every missing, misshapen or unexpected tensor before anything is computed.
    public init(
        _ directory: ModelDirectory, adapters: [AdapterFile] = [], merges: Bool = true, addedTokens: AddedTokens? = nil, placement: Placement
    ) throws {
        let description = directory.description
        self.directory = directory
        self.placement = placement
        configuration = description.flux ?? .dev
        autoEncoderConfiguration = description.autoencoder ?? .flux
        guard configuration.inChannels == 4 * autoEncoderConfiguration.latentChannels else {
            throw FluxError.invalidConfiguration(
                "flux.in_channels is \(configuration.inChannels)",
                expected: "4 × autoencoder.z_channels = \(4 * autoEncoderConfiguration.latentChannels)")
        }
        networks = try Networks(directory, adapters: adapters, merges: merges, addedTokens: addedTokens, placement: placement)
        if placement.plan == nil {
            _ = try networks.autoEncoder()
            _ = try networks.transformer()
        }
    }

    /// The same without a memory plan.
    public init(
        _ directory: ModelDirectory, adapters: [AdapterFile] = [], merges: Bool = true, addedTokens: AddedTokens? = nil, dtype: DType,
        device: Device = .cpu
    ) throws {
        try self.init(
            directory, adapters: adapters, merges: merges, addedTokens: addedTokens, placement: Placement(device: device, dtype: dtype))
    }

    /// The transformer with its adapters.
    public func transformer() throws -> FluxTransformer { try networks.transformer() }

    /// Works in float32 whatever the transformer's type, as the official programs' does.
    public func autoEncoder() throws -> AutoEncoder { try networks.autoEncoder() }

    /// The embeddings of one prompt; those of the last prompts are remembered.
    func text(_ prompt: String) throws -> TextEmbeddings { try networks.text(prompt) }

    /// What is to be in memory when, from the next stage on.
    func follow(_ plan: MemoryPlan?) { networks.plan = plan }

    /// Begins a stage of a picture: lets go what the plan does not hold during it, loads the transformer where it is next, and tells.
    package func begin(_ stage: GenerationEvent.Stage, _ emit: (GenerationEvent) -> Void) throws {
        try networks.makeRoom(for: stage)
        if stage == .denoising, !networks.transformer.isLoaded {
            emit(.began(.loading))
            _ = try networks.transformer()
        }
        emit(.began(stage))
    }
}

extension FluxModel {
    /// What is loaded of a model, and when it is let go.
    final class Networks {
        let transformer: HeldNetwork<FluxTransformer>
        let autoEncoder: HeldNetwork<AutoEncoder>
        var plan: MemoryPlan?
        private let conditioner: TextConditioner
        /// The prompts of the last picture: pictures of one prompt follow one another, and T5 takes long to load.
        private var remembered: [(prompt: String, embeddings: TextEmbeddings)] = []

        init(_ directory: ModelDirectory, adapters: [AdapterFile], merges: Bool, addedTokens: AddedTokens?, placement: Placement) throws {
            let files = directory.description.files, dtype = placement.dtype, device = placement.device
            let merges = placement.plan?.mergesAdapters ?? merges
            conditioner = try Self.conditioner(directory, addedTokens, placement)
            plan = placement.plan
            let autoEncoderConfiguration = directory.description.autoencoder ?? .flux
            autoEncoder = HeldNetwork {
                let source = try FluxCheckpoint.autoEncoder(directory.file(files.autoencoder))
                return try ParameterScope.load(source, dtype: .float32, device: device) { try AutoEncoder(autoEncoderConfiguration, at: $0) }.model
            }
            let configuration = directory.description.flux ?? .dev, storage = WeightStorage(placement.weights)
            // Where memory counts, adapters are not made wider than their files have them.
            let narrow = placement.plan != nil || placement.weights != .loaded
            let own = files.adapters.map { AdapterFile(path: directory.file($0.file), weight: $0.weight ?? 1) }
            transformer = HeldNetwork {
                let source = try FluxCheckpoint.transformer(directory.file(files.flux))
                let loaded = try ParameterScope.load(
                    source, dtype: dtype, device: device, storage: storage, of: FluxTransformer.codedLayers
                ) { try FluxTransformer(configuration, at: $0) }
                try loaded.attach(own + adapters, merges: merges, dtype: dtype, device: device, narrow: narrow)
                return loaded.model
            }
        }

        private static func conditioner(
            _ directory: ModelDirectory, _ addedTokens: AddedTokens?, _ placement: Placement
        ) throws -> TextConditioner {
            let description = directory.description, t5 = directory.file(description.files.t5)
            var conditioner = try TextConditioner(
                t5Directory: t5, t5Length: description.text.t5MaxLength, clipDirectory: directory.file(description.files.clip),
                clipLength: description.text.clipMaxLength, added: addedTokens, dtype: placement.dtype, device: placement.device)
            if let plan = placement.plan {
                conditioner.storage = WeightStorage(plan.t5)
            } else {
                // An encoder that its file codes stays so: a choice of 8 bits is for the files that have more.
                let isChosen = try placement.weights == .loaded || !EncoderDirectory.holdsCodes(t5)
                conditioner.storage = isChosen ? WeightStorage(placement.weights) : .coded
            }
            return conditioner
        }

        func text(_ prompt: String) throws -> TextEmbeddings {
            if let known = remembered.first(where: { $0.prompt == prompt }) { return known.embeddings }
            let embeddings = try conditioner([prompt])
            // One prompt and one negative prompt.
            remembered = Array((remembered + [(prompt, embeddings)]).suffix(2))
            return embeddings
        }

        func makeRoom(for stage: GenerationEvent.Stage) throws {
            guard let plan else { return }
            let held = plan[stage]
            if held?.holds(.transformer) != true { transformer.letGo() }
            if held?.holds(.autoencoder) != true { autoEncoder.letGo() }
            try releaseFreedMemory()
        }
    }
}
