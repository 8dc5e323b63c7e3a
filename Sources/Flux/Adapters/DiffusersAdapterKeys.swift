/// LoRA files of diffusers and peft: `transformer.transformer_blocks.N.attn.to_q.lora_A.weight` and `lora_B`, with an optional `.alpha`.
///
/// The prefix may be absent or another program's; layers may have their original names. Source: diffusers, loaders.
extension AdapterLayout {
    static let diffusers = AdapterLayout(
        marks: [".lora_A.", ".lora_B.", ".lora.down.", ".lora.up."],
        endings: [
            (".lora_A.weight", .down), (".lora_B.weight", .up), (".lora_A.default.weight", .down), (".lora_B.default.weight", .up),
            (".lora.down.weight", .down), (".lora.up.weight", .up), (".alpha", .alpha),
        ],
        scaling: .peft
    ) { module, places in
        let name = prefixes.first { module.hasPrefix($0) }.map { String(module.dropFirst($0.count)) } ?? module
        return places.diffusers[name] ?? places.original[name]
    }

    private static let prefixes = ["transformer.", "diffusion_model.", "base_model.model.transformer.", "base_model.model."]
}
