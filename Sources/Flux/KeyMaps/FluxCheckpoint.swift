public import Checkpoints

/// Opens checkpoints of FLUX.1's networks in any layout, with their tensors under the original names.
public enum FluxCheckpoint {
    /// What names begin with in files that hold other networks too. Source: ComfyUI and stable-diffusion.cpp, whole checkpoints.
    private static let transformerPrefixes = ["model.diffusion_model.", "diffusion_model."]
    private static let autoEncoderPrefixes = ["vae.", "first_stage_model."]

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
        let source = network(in: source, transformerPrefixes) { $0.info("img_in.weight") != nil || DiffusersTransformerKeys.describes($0) }
        return DiffusersTransformerKeys.describes(source) ? try DiffusersTransformerKeys.map.applied(to: source) : source
    }

    /// An autoencoder: `ae.safetensors`, `vae/` of a diffusers directory, or the part of a file that holds more.
    ///
    /// - Throws: `CheckpointError`.
    public static func autoEncoder(_ path: String) throws -> any TensorSource {
        try renamedAutoEncoder(Checkpoint.open(path))
    }

    package static func renamedAutoEncoder(_ source: any TensorSource) throws(CheckpointError) -> any TensorSource {
        let source = network(in: source, autoEncoderPrefixes) { $0.info("decoder.conv_in.weight") != nil }
        guard DiffusersAutoEncoderKeys.describes(source) else { return source }
        return try DiffusersAutoEncoderKeys.map(levelCount: DiffusersAutoEncoderKeys.levelCount(source)).applied(to: source)
    }

    /// The tensors below the first prefix under which the network lies; the whole source where it lies under none.
    private static func network(
        in source: any TensorSource, _ prefixes: [String], where isThere: (any TensorSource) -> Bool
    ) -> any TensorSource {
        prefixes.lazy.map { PrefixedSource(source, prefix: $0) }.first(where: isThere) ?? source
    }
}
