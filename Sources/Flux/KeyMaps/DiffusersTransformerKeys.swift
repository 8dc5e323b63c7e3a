import Checkpoints

/// The transformer as diffusers names its parts, `transformer/` of a model directory.
///
/// One table serves whole checkpoints and adapters on them. Source: diffusers, `FluxTransformer2DModel`.
enum DiffusersTransformerKeys {
    /// A linear layer of diffusers, and the layer of the original file that it is, or is a part of.
    struct Layer: Sendable {
        let name: String
        let original: String
        let part: Part

        init(_ name: String, _ original: String, _ part: Part = .whole) {
            self.name = name
            self.original = original
            self.part = part
        }
    }

    /// Which output rows of the original layer a layer stands for.
    enum Part: Sendable, Equatable {
        case whole
        /// Queries 0, keys 1, values 2, the MLP 3: one after another.
        case fused(Int)
        /// Scale before shift, which the original has after it.
        case swappedHalves
    }

    /// `{n}` stands for a block's number.
    static let layers: [Layer] =
        embedders + stream(image: true) + stream(image: false) + [
            Layer("single_transformer_blocks.{n}.norm.linear", "single_blocks.{n}.modulation.lin"),
            Layer("single_transformer_blocks.{n}.attn.to_q", "single_blocks.{n}.linear1", .fused(0)),
            Layer("single_transformer_blocks.{n}.attn.to_k", "single_blocks.{n}.linear1", .fused(1)),
            Layer("single_transformer_blocks.{n}.attn.to_v", "single_blocks.{n}.linear1", .fused(2)),
            Layer("single_transformer_blocks.{n}.proj_mlp", "single_blocks.{n}.linear1", .fused(3)),
            Layer("single_transformer_blocks.{n}.proj_out", "single_blocks.{n}.linear2"),
            Layer("norm_out.linear", "final_layer.adaLN_modulation.1", .swappedHalves),
            Layer("proj_out", "final_layer.linear"),
        ]

    private static let embedders = [
        Layer("x_embedder", "img_in"), Layer("context_embedder", "txt_in"),
        Layer("time_text_embed.timestep_embedder.linear_1", "time_in.in_layer"),
        Layer("time_text_embed.timestep_embedder.linear_2", "time_in.out_layer"),
        Layer("time_text_embed.guidance_embedder.linear_1", "guidance_in.in_layer"),
        Layer("time_text_embed.guidance_embedder.linear_2", "guidance_in.out_layer"),
        Layer("time_text_embed.text_embedder.linear_1", "vector_in.in_layer"),
        Layer("time_text_embed.text_embedder.linear_2", "vector_in.out_layer"),
    ]

    private static func stream(image: Bool) -> [Layer] {
        let block = "transformer_blocks.{n}", original = "double_blocks.{n}.\(image ? "img" : "txt")"
        let fused = image ? ["to_q", "to_k", "to_v"] : ["add_q_proj", "add_k_proj", "add_v_proj"]
        return fused.enumerated().map { Layer("\(block).attn.\($1)", "\(original)_attn.qkv", .fused($0)) } + [
            Layer("\(block).norm1\(image ? "" : "_context").linear", "\(original)_mod.lin"),
            Layer("\(block).attn.\(image ? "to_out.0" : "to_add_out")", "\(original)_attn.proj"),
            Layer("\(block).ff\(image ? "" : "_context").net.0.proj", "\(original)_mlp.0"),
            Layer("\(block).ff\(image ? "" : "_context").net.2", "\(original)_mlp.2"),
        ]
    }

    private static let norms = [
        ("transformer_blocks.{n}.attn.norm_q", "double_blocks.{n}.img_attn.norm.query_norm"),
        ("transformer_blocks.{n}.attn.norm_k", "double_blocks.{n}.img_attn.norm.key_norm"),
        ("transformer_blocks.{n}.attn.norm_added_q", "double_blocks.{n}.txt_attn.norm.query_norm"),
        ("transformer_blocks.{n}.attn.norm_added_k", "double_blocks.{n}.txt_attn.norm.key_norm"),
        ("single_transformer_blocks.{n}.attn.norm_q", "single_blocks.{n}.norm.query_norm"),
        ("single_transformer_blocks.{n}.attn.norm_k", "single_blocks.{n}.norm.key_norm"),
    ]

    /// From diffusers' keys to those of `flux1-dev.safetensors`.
    static let map: KeyMap = {
        var rules = norms.map { KeyMap.Rule.rename("\($0.0).weight", to: "\($0.1).scale") }
        for layer in layers {
            let from = "\(layer.name).{p}", to = "\(layer.original).{p}"
            switch layer.part {
            case .whole: rules.append(.rename(from, to: to))
            case .swappedHalves: rules.append(.swapHalves(from, to: to))
            case .fused(0):
                let parts = layers.filter { $0.original == layer.original }.map { "\($0.name).{p}" }
                rules.append(.fuse(parts, into: to))
            case .fused: break
            }
        }
        return KeyMap(rules)
    }()

    /// Whether a checkpoint's keys are diffusers'.
    static func describes(_ source: any TensorSource) -> Bool { source.info("x_embedder.weight") != nil }
}
