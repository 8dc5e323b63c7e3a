/// Recognises DreamO's official files, as its program downloads them, beside a FLUX.1-dev of any layout.
enum DreamOFiles {
    private static let main = "dreamo.safetensors"
    private static let distilled = "dreamo_cfg_distill.safetensors"
    /// FLUX.1-Turbo-Alpha.
    private static let turbo = "diffusion_pytorch_model.safetensors"
    /// What each version adds, with the official program's strengths.
    private static let versions: [(guidance: Double, adapters: [ModelDescription.Adapter])] = [
        (4.5, [.init(file: "v1.1/dreamo_sft_lora.safetensors", weight: 1), .init(file: "v1.1/dreamo_dpo_lora.safetensors", weight: 1.25)]),
        (3.5, [.init(file: "dreamo_quality_lora_pos.safetensors", weight: 0.15), .init(file: "dreamo_quality_lora_neg.safetensors", weight: -0.8)]),
    ]
    /// Where the networks that prepare references may lie: beside the rest, and where their own programs put them.
    private static let networkFolders = ["", "ben2/", "facexlib/", "facexlib/weights/"]

    /// - Returns: nil for directories without DreamO's main file.
    /// - Throws: `ModelDirectoryError.unrecognized` with what was found and what is missing.
    static func description(of directory: String) throws(ModelDirectoryError) -> ModelDescription? {
        func exists(_ name: String) -> Bool { OfficialFiles.exists(name, in: directory) }
        guard exists(main) else { return nil }
        let version = versions.first { $0.adapters.allSatisfy { exists($0.file) } }
        let own = ([distilled] + (version == nil ? versions[0].adapters.map(\.file) : [])).map { (component: "DreamO", candidates: [$0]) }
        var description = try OfficialFiles.find(OfficialFiles.base + own, in: directory).description(of: "dreamo")
        description.files.dreamo = main
        description.files.loras = ([main, distilled] + (exists(turbo) ? [turbo] : [])).map { .init(file: $0, weight: 1) } + (version?.adapters ?? [])
        func network(_ name: String) -> String? {
            OfficialFiles.path(of: networkFolders.flatMap { ["\($0)\(name).pth", "\($0)\(name).safetensors"] }, in: directory)
        }
        description.files.backgroundRemover = network("BEN2_Base")
        description.files.faceDetector = network("detection_Resnet50_Final")
        description.files.faceParser = network("parsing_bisenet")
        description.defaults.width = 1024
        description.defaults.height = 1024
        // The turbo adapter draws in 12 steps what takes 25 without.
        description.defaults.steps = exists(turbo) ? 12 : 25
        description.defaults.guidance = version?.guidance
        return description
    }
}
