import Foundation

/// A model directory with networks of toy size and a folder to train in, both gone after the test.
public final class TinyWorld {
    let folder: URL

    public init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("training-\(UUID().uuidString)")
        for part in ["model/t5", "model/clip"] {
            try FileManager.default.createDirectory(at: folder.appendingPathComponent(part), withIntermediateDirectories: true)
        }
        try write("model/model.json", """
            {"system": "uno",
             "flux": {"in_channels": 16, "vec_in_dim": 16, "context_in_dim": 16, "hidden_size": 32, "mlp_ratio": 2.0, "num_heads": 2,
                      "depth": 1, "depth_single_blocks": 1, "axes_dim": [4, 6, 6], "theta": 10000, "qkv_bias": true, "guidance_embed": true},
             "autoencoder": {"resolution": 32, "in_channels": 3, "ch": 4, "out_ch": 3, "ch_mult": [1, 2], "num_res_blocks": 1,
                             "z_channels": 4, "scale_factor": 1.0, "shift_factor": 0.0, "norm_groups": 1},
             "text": {"t5_max_length": 16, "clip_max_length": 16},
             "files": {"flux": "flux.safetensors", "autoencoder": "ae.safetensors", "t5": "t5", "clip": "clip"}}
            """)
        try write("model/t5/config.json", """
            {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2, "vocab_size": 512, "feed_forward_proj": "gated-gelu",
             "relative_attention_num_buckets": 8, "relative_attention_max_distance": 16, "layer_norm_epsilon": 1e-06}
            """)
        try write("model/clip/config.json", """
            {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 16,
             "hidden_act": "quick_gelu", "layer_norm_eps": 1e-05, "vocab_size": 512, "eos_token_id": 1}
            """)
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        for part in ["t5", "clip"] {
            let tokenizer = package.appendingPathComponent("Recipes/mini/start/\(part)/spiece.model")
            try FileManager.default.copyItem(at: tokenizer, to: folder.appendingPathComponent("model/\(part)/spiece.model"))
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    public func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    public func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }

    /// A recipe for a few steps on scenes of 32 px.
    public var yaml: String {
        """
        objective: text-to-image
        model: \(path("model"))
        initialize: [flux, autoencoder, t5, clip]
        train: [transformer, text]
        steps: 10
        batch: 2
        precision: float32
        threads: 1
        gradient_checkpointing: false
        optimizer: {learning_rate: 1e-3, warmup: 2, schedule: cosine, ema: 0.9}
        flow: {timesteps: logit-normal, coverage_weight: 2, guidance: [1, 5]}
        data:
          world: {text: 1, one-subject: 1, two-subjects: 1}
          resolution: 32
          resolution_ref: 32
        save: {every: 3, keep: 2, log_every: 1}
        validate: {every: 5, samples: 2, steps: 2, true_cfg: 2}
        """
    }

    /// The losses of a run's log, in the order of steps.
    public func losses(_ run: String = "run") throws -> [Double] {
        let text = try String(contentsOfFile: path("\(run)/metrics.jsonl"), encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let values = try JSONDecoder().decode([String: Double].self, from: Data(line.utf8))
            return values["loss"] ?? .nan
        }
    }
}
