public import Checkpoints

/// Opens checkpoints of FLUX.1's networks in any layout, with their tensors under the original names.
public enum FluxCheckpoint {
    /// What names begin with in files that hold other networks too. Source: ComfyUI and stable-diffusion.cpp, whole checkpoints.
    private static let transformerPrefixes = ["", "model.diffusion_model.", "diffusion_model."], autoEncoderPrefixes = ["", "vae.", "first_stage_model."]

    /// A transformer: `flux1-dev.safetensors`, a GGUF file, `transformer/` of a diffusers directory, or the part of a file that holds more.
    ///
    /// Tensors that diffusers stores apart, such as queries, keys and values, are joined when they are asked for, which copies them; in
    /// fewer bits they stay as they are.
    /// - Throws: `CheckpointError`.
    public static func transformer(_ path: String) throws -> any TensorSource {
        try renamedTransformer(Checkpoint.open(path))
    }

    /// The transformer in a checkpoint, under the original names; any other checkpoint as it is.
    public static func renamedTransformer(_ source: any TensorSource) throws(CheckpointError) -> any TensorSource {
        let network = network(in: source, below: transformerPrefix(in: source))
        return DiffusersTransformerKeys.describes(network) ? try DiffusersTransformerKeys.map.applied(to: network) : network
    }

    /// What the names of a transformer's tensors begin with, in either layout; empty where they do not, or there is none.
    public static func transformerPrefix(in source: any TensorSource) -> String {
        transformerPrefixes.first { source.info($0 + "img_in.weight") != nil || source.info($0 + "x_embedder.weight") != nil } ?? ""
    }

    /// An autoencoder: `ae.safetensors`, `vae/` of a diffusers directory, or the part of a file that holds more.
    ///
    /// - Throws: `CheckpointError`.
    public static func autoEncoder(_ path: String) throws -> any TensorSource {
        try renamedAutoEncoder(Checkpoint.open(path))
    }

    package static func renamedAutoEncoder(_ source: any TensorSource) throws(CheckpointError) -> any TensorSource {
        let prefix = autoEncoderPrefixes.first { source.info($0 + "decoder.conv_in.weight") != nil } ?? ""
        let network = network(in: source, below: prefix)
        guard DiffusersAutoEncoderKeys.describes(network) else { return network }
        return try DiffusersAutoEncoderKeys.map(levelCount: DiffusersAutoEncoderKeys.levelCount(network)).applied(to: network)
    }

    private static func network(in source: any TensorSource, below prefix: String) -> any TensorSource {
        prefix.isEmpty ? source : PrefixedSource(source, prefix: prefix)
    }
}
