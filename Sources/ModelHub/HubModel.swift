/// What to pull: files of one or several repositories, and where each goes in the target directory.
public struct HubModel: Sendable, Equatable {
    /// The name it was asked for by.
    public let name: String
    public let parts: [Part]

    /// Files of one repository.
    public struct Part: Sendable, Equatable {
        /// `owner/name`.
        public let repository: String
        /// A branch, tag or commit.
        public let revision: String
        /// Patterns for the files' paths in the repository, each of which must match one; empty for every file.
        public let patterns: [String]
        /// The folder below the target directory that receives the files; empty for the directory itself.
        public let folder: String

        public init(repository: String, revision: String = "main", patterns: [String] = [], folder: String = "") {
            precondition(folder.isEmpty || FileName.problem(folder) == nil, "'\(folder)' is no folder below the target directory")
            self.repository = repository
            self.revision = revision
            self.patterns = patterns
            self.folder = folder
        }
    }

    public init(name: String, parts: [Part]) {
        self.name = name
        self.parts = parts
    }

    /// The sets that have a name of their own.
    public static let known: [HubModel] = [.uno, .uso, .dreamo]

    /// FLUX.1-dev with its text encoders.
    private static let flux = [
        Part(repository: "black-forest-labs/FLUX.1-dev", patterns: ["flux1-dev.safetensors", "ae.safetensors"]),
        Part(repository: "xlabs-ai/xflux_text_encoders", folder: "t5"),
        Part(
            repository: "openai/clip-vit-large-patch14", patterns: ["config.json", "model.safetensors", "vocab.json", "merges.txt"],
            folder: "clip"),
    ]

    /// Everything that UNO on FLUX.1-dev needs, laid out as the program loads it.
    public static let uno = HubModel(
        name: "uno", parts: flux + [Part(repository: "bytedance-research/UNO", patterns: ["dit_lora.safetensors"])])

    /// Everything that USO on FLUX.1-dev needs, laid out as the program loads it.
    public static let uso = HubModel(
        name: "uso",
        parts: flux + [
            Part(repository: "bytedance-research/USO", patterns: ["uso_flux_v1.0/*.safetensors"]),
            Part(
                repository: "google/siglip-so400m-patch14-384", patterns: ["config.json", "preprocessor_config.json", "model.safetensors"],
                folder: "siglip"),
        ])

    /// Everything that DreamO v1.1 on FLUX.1-dev needs but the networks for faces, which no hub repository of their makers holds.
    public static let dreamo = HubModel(
        name: "dreamo",
        parts: flux + [
            Part(
                repository: "ByteDance/DreamO",
                patterns: ["dreamo.safetensors", "dreamo_cfg_distill.safetensors", "v1.1/dreamo_sft_lora.safetensors", "v1.1/dreamo_dpo_lora.safetensors"]),
            Part(repository: "alimama-creative/FLUX.1-Turbo-Alpha", patterns: ["diffusion_pytorch_model.safetensors"]),
            Part(repository: "PramaLLC/BEN2", patterns: ["BEN2_Base.pth"]),
        ])

    /// A known set, or a repository given as `owner/name` or `owner/name@revision`.
    ///
    /// - Throws: `ModelHubError.unknownModel` for anything else.
    public static func named(_ name: String) throws(ModelHubError) -> HubModel {
        if let model = known.first(where: { $0.name == name.lowercased() }) { return model }
        let halves = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let words = halves[0].split(separator: "/", omittingEmptySubsequences: false)
        let revision = halves.count == 2 ? String(halves[1]) : "main"
        guard words.count == 2, words.allSatisfy(isWord), !revision.isEmpty, revision.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw .unknownModel(name, known: known.map(\.name))
        }
        return HubModel(name: name, parts: [Part(repository: String(halves[0]), revision: revision)])
    }

    /// True for what an owner or a repository can be called.
    private static func isWord(_ word: Substring) -> Bool {
        !word.allSatisfy { $0 == "." } && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    }
}
