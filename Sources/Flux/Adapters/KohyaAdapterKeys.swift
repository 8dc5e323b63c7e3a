/// LoRA files of kohya's sd-scripts: `lora_unet_` and a layer's original name with "_" for ".", as in
/// `lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight`, with an optional `.alpha`. Some programs write diffusers' names so.
enum KohyaAdapterKeys {
    private static let prefixes = ["lora_unet_", "lora_transformer_"]

    static func place(_ module: String, _ places: AdapterPlaces) -> AdapterPlace? {
        guard let prefix = prefixes.first(where: { module.hasPrefix($0) }) else { return nil }
        return places.underscored[String(module.dropFirst(prefix.count))]
    }

    /// The layers of the blocks in the order in which diffusers' converter goes through them; the rank of the first that a file
    /// changes scales all others.
    static let doubleOrder = ["attn.proj", "attn.qkv", "mlp.0", "mlp.2", "mod.lin"]
    static let singleOrder = ["linear1", "linear2", "modulation.lin"]

    /// Position of a layer in that order; nil outside the blocks, which the converter leaves aside.
    static func position(of layer: String) -> Int? {
        let parts = layer.split(separator: ".", maxSplits: 2).map(String.init)
        guard parts.count == 3, let block = Int(parts[1]) else { return nil }
        if parts[0] == "single_blocks" { return singleOrder.firstIndex(of: parts[2]).map { 1 << 32 | block << 8 | $0 } }
        let isText = parts[2].hasPrefix("txt")
        return doubleOrder.firstIndex(of: String(parts[2].dropFirst(4))).map { block << 8 | (isText ? doubleOrder.count : 0) + $0 }
    }
}

extension AdapterLayout {
    static let kohya = AdapterLayout(
        marks: [".lora_down."], endings: [(".lora_down.weight", .down), (".lora_up.weight", .up), (".alpha", .alpha)],
        scaling: .kohya, place: KohyaAdapterKeys.place)
}
