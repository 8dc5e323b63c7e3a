/// LoRA files of DreamO: the processors' names with "_" for ".", and anything before and between.
///
/// Keys: `…double_blocks_N…{qkv,proj}_lora{1,2}.{down,up}.weight` (1 image, 2 text stream) and
/// `…single_blocks_N…{qkv,proj}_lora.{down,up}.weight`; other keys may be diffusers'. Source: DreamO, `convert_flux_lora_to_diffusers`.
enum UnderscoredAdapterKeys {
    /// What DreamO's main file holds besides its adapter.
    static let embeddings: Set<String> = ["dreamo_t5_embedding.weight", "dreamo_task_embedding.weight", "dreamo_idx_embedding.weight"]

    private static let doubleNames = ["proj_lora1", "proj_lora2", "qkv_lora2", "qkv_lora1"]
    private static let singleNames = ["proj_lora", "qkv_lora"]

    /// The processors' name of a module; the official program looks for its parts anywhere in the key.
    static func processorName(_ module: String) -> String? {
        for (blocks, names) in [("double_blocks", doubleNames), ("single_blocks", singleNames)] {
            guard let range = module.firstRange(of: "\(blocks)_") else { continue }
            let number = module[range.upperBound...].prefix { $0.isASCII && $0.isNumber }
            guard let block = Int(number), let name = names.first(where: { module.contains($0) }) else { return nil }
            return "\(blocks).\(block).processor.\(name)"
        }
        return nil
    }
}

extension AdapterLayout {
    static let underscored = AdapterLayout(
        marks: ["double_blocks_", "single_blocks_"], endings: AdapterLayout.processor.endings, scaling: .peft
    ) { module, places in
        UnderscoredAdapterKeys.processorName(module).flatMap { ProcessorAdapterKeys.place($0, places) }
    }
}
