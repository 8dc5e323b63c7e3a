public import Checkpoints

/// Opens checkpoints of FLUX.1's networks in any layout, with their tensors under the original names.
public enum FluxCheckpoint {
    /// A transformer: `flux1-dev.safetensors`, or `transformer/` of a diffusers directory.
    ///
    /// Tensors that diffusers stores apart, such as queries, keys and values, are joined when they are asked for, which copies them.
    /// - Throws: `CheckpointError`.
    public static func transformer(_ path: String) throws -> any TensorSource {
        try renamedTransformer(Checkpoint.open(path))
    }

    package static func renamedTransformer(_ source: any TensorSource) throws(CheckpointError) -> any TensorSource {
        DiffusersTransformerKeys.describes(source) ? try DiffusersTransformerKeys.map.applied(to: source) : source
    }

    /// An autoencoder: `ae.safetensors`, or `vae/` of a diffusers directory.
    ///
    /// - Throws: `CheckpointError`.
    public static func autoEncoder(_ path: String) throws -> any TensorSource {
        try renamedAutoEncoder(Checkpoint.open(path))
    }

    package static func renamedAutoEncoder(_ source: any TensorSource) throws(CheckpointError) -> any TensorSource {
        guard DiffusersAutoEncoderKeys.describes(source) else { return source }
        return try DiffusersAutoEncoderKeys.map(levelCount: DiffusersAutoEncoderKeys.levelCount(source)).applied(to: source)
    }
}
