package import Checkpoints
public import Flux
import Layers
public import TextEncoders
public import Torch

/// UNO's networks, loaded and adapted.
///
/// Confined to the thread that made it, as tensors are.
public struct UNOModel {
    public let directory: ModelDirectory
    public let transformer: FluxTransformer
    /// Works in float32 whatever the transformer's type, as the official program's does.
    public let autoEncoder: AutoEncoder
    public let text: TextConditioner
    /// Type of the transformer's weights and arithmetic.
    public let dtype: DType
    public let device: Device

    /// An adapter file and its strength.
    public struct AdapterFile: Sendable, Equatable {
        public let path: String
        public let weight: Double

        public init(path: String, weight: Double) {
            self.path = path
            self.weight = weight
        }
    }

    /// Loads everything but the text encoders, which are loaded per prompt.
    ///
    /// - Parameters:
    ///   - adapters: adapter files besides those of the model's description.
    ///   - merges: whether adapters are merged into the weights, or kept beside them.
    /// - Throws: errors of the files, naming every missing, misshapen or unexpected tensor before anything is computed.
    public init(
        _ directory: ModelDirectory, adapters: [AdapterFile] = [], merges: Bool = true, dtype: DType, device: Device = .cpu
    ) throws {
        let description = directory.description
        let flux = description.flux ?? .dev
        self.directory = directory
        self.dtype = dtype
        self.device = device
        text = try TextConditioner(
            t5Directory: directory.file(description.files.t5), t5Length: description.text.t5MaxLength,
            clipDirectory: directory.file(description.files.clip), clipLength: description.text.clipMaxLength, dtype: dtype, device: device)
        let autoencoder = description.autoencoder ?? .flux
        guard flux.inChannels == 4 * autoencoder.latentChannels else {
            throw FluxError.invalidConfiguration(
                "flux.in_channels is \(flux.inChannels)", expected: "4 × autoencoder.z_channels = \(4 * autoencoder.latentChannels)")
        }
        autoEncoder = try ParameterScope.load(Checkpoint.open(directory.file(description.files.autoencoder)), dtype: .float32, device: device) {
            try AutoEncoder(autoencoder, at: $0)
        }.model
        let loaded = try ParameterScope.load(Checkpoint.open(directory.file(description.files.flux)), dtype: dtype, device: device) {
            try FluxTransformer(flux, at: $0)
        }
        transformer = loaded.model
        let own = (description.files.loras ?? []).map { AdapterFile(path: directory.file($0.file), weight: $0.weight ?? 1) }
        try Self.attach(own + adapters, to: loaded, merges: merges, dtype: dtype, device: device)
    }

    /// Attaches adapter files to a transformer's layers.
    package static func attach(
        _ files: [AdapterFile], to loaded: Loaded<FluxTransformer>, merges: Bool, dtype: DType, device: Device
    ) throws {
        var byLayer: [String: [LowRankAdapter]] = [:]
        for file in files {
            let adapters = try UNOAdapterKeys.adapters(
                in: Checkpoint.open(file.path), configuration: loaded.model.configuration, weight: file.weight, dtype: dtype, device: device)
            for (layer, adapter) in adapters { byLayer[layer, default: []].append(adapter) }
        }
        for (path, module) in loaded.parameters.modules {
            guard let weight = module as? AdaptableWeight, let adapters = byLayer[path] else { continue }
            try weight.attach(adapters, as: merges ? .merged : .beside)
        }
    }
}
