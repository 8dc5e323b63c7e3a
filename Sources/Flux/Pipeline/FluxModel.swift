import Checkpoints
public import TextEncoders
public import Torch

/// The networks of a FLUX.1 model directory, loaded and adapted: what every method on this base draws with.
///
/// Confined to the thread that made it, as tensors are.
public struct FluxModel {
    public let directory: ModelDirectory
    public let transformer: FluxTransformer
    /// Works in float32 whatever the transformer's type, as the official programs' does.
    public let autoEncoder: AutoEncoder
    public let text: TextConditioner
    /// Type of the transformer's weights and arithmetic.
    public let dtype: DType
    public let device: Device

    /// Loads everything but the text encoders, which are loaded per prompt.
    ///
    /// - Parameters:
    ///   - adapters: adapter files besides those of the model's description.
    ///   - merges: whether adapters are merged into the weights, or kept beside them.
    ///   - addedTokens: tokens that a method adds to T5's.
    /// - Throws: errors of the files, naming every missing, misshapen or unexpected tensor before anything is computed.
    public init(
        _ directory: ModelDirectory, adapters: [AdapterFile] = [], merges: Bool = true, addedTokens: AddedTokens? = nil, dtype: DType,
        device: Device = .cpu
    ) throws {
        let description = directory.description
        let flux = description.flux ?? .dev
        self.directory = directory
        self.dtype = dtype
        self.device = device
        text = try TextConditioner(
            t5Directory: directory.file(description.files.t5), t5Length: description.text.t5MaxLength,
            clipDirectory: directory.file(description.files.clip), clipLength: description.text.clipMaxLength,
            added: addedTokens, dtype: dtype, device: device)
        let autoencoder = description.autoencoder ?? .flux
        guard flux.inChannels == 4 * autoencoder.latentChannels else {
            throw FluxError.invalidConfiguration(
                "flux.in_channels is \(flux.inChannels)", expected: "4 × autoencoder.z_channels = \(4 * autoencoder.latentChannels)")
        }
        autoEncoder = try ParameterScope.load(FluxCheckpoint.autoEncoder(directory.file(description.files.autoencoder)), dtype: .float32, device: device) {
            try AutoEncoder(autoencoder, at: $0)
        }.model
        let loaded = try ParameterScope.load(FluxCheckpoint.transformer(directory.file(description.files.flux)), dtype: dtype, device: device) {
            try FluxTransformer(flux, at: $0)
        }
        transformer = loaded.model
        let own = description.files.adapters.map { AdapterFile(path: directory.file($0.file), weight: $0.weight ?? 1) }
        try loaded.attach(own + adapters, merges: merges, dtype: dtype, device: device)
    }
}
