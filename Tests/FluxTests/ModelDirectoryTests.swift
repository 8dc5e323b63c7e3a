import Flux
import Foundation
import Testing

/// Reading `model.json`, and recognising official files without one.
struct ModelDirectoryTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func inDirectory<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, text) in files {
            let file = directory.appendingPathComponent(name)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return try body(directory.path)
    }

    private func problem(_ json: String) throws -> String {
        try inDirectory(["model.json": json]) { directory in
            let error = #expect(throws: ModelDirectoryError.self) { try ModelDirectory(path: directory) }
            return error.map(String.init(describing:)) ?? ""
        }
    }

    private static let files = #""files": {"flux": "f", "autoencoder": "a", "t5": "t", "clip": "c"}"#

    @Test func embeddedModelIsRead() throws {
        let directory = try ModelDirectory(path: Self.root.appendingPathComponent("Models/mini").path)
        #expect(directory.description.system == "uno")
        #expect(directory.description.autoencoder?.pixelsPerToken == 8)
        #expect(directory.description.autoencoder?.normGroups == 1)
        #expect(directory.description.defaults.trueCFG == 2)
        #expect(try ModelDirectory(path: directory.path + "/model.json") == directory)
    }

    @Test func groupsDefaultToThirtyTwo() throws {
        let json = #"{"system": "uno", "autoencoder": {"resolution": 256, "in_channels": 3, "ch": 128, "out_ch": 3, "ch_mult": [1, 2], "num_res_blocks": 2, "z_channels": 16, "scale_factor": 0.3, "shift_factor": 0.1}, \#(Self.files)}"#
        try inDirectory(["model.json": json]) { directory in
            let description = try ModelDirectory(path: directory).description
            #expect(description.autoencoder?.normGroups == 32)
        }
    }

    @Test(arguments: [
        (#"{"system": "uno", "deafults": {}, FILES}"#, "'defaults'"),
        (#"{"system": "uno", "defaults": {"guidence": 2}, FILES}"#, "'guidance'"),
        (#"{"system": "uno"}"#, "'files' is missing"),
        (#"{"system": "uno", "files": {"flux": "f"}}"#, "'files.autoencoder' is missing"),
        (#"{"system": "uno", "defaults": {"steps": "many"}, FILES}"#, "'defaults.steps' has the wrong type"),
        (#"{"system": "uno", "style": {}, FILES}"#, "'style'"),
        (#"{"system": "uno", "files": {"flux": "f", "autoencoder": "a", "t5": "t", "clip": "c", "projector": "p"}}"#, "'files.projector'"),
        (#"{"system": "uso", "style": {"siglip_token_num": 4}, FILES}"#, "'siglip_token_nums'"),
        (#"{"system": "uso", "style": {"siglip_token_nums": 0, "style_token_nums": 1, "siglip_token_dims": 1, "siglip_layers": [0, 0, 0]}, FILES}"#, "style.siglip_token_nums is 0"),
        (#"{"system": "uso", "style": {"siglip_token_nums": 1, "style_token_nums": 1, "siglip_token_dims": 1, "siglip_layers": [1]}, FILES}"#, "siglip_layers is [1]"),
        (#"{"system": "uniton", FILES}"#, "'uniton'"),
        (#"{"system": 3}"#, "'system'"),
        ("", "model.json"), ("[]", "model.json"), ("nonsense", "JSON"),
    ])
    func damagedDescriptionsAreRefusedWithTheKey(json: String, reason: String) throws {
        let text = try problem(json.replacingOccurrences(of: "FILES", with: Self.files))
        #expect(text.contains(reason) && text.contains("model.json"), "\(text)")
    }

    @Test func impossibleDimensionsAreRefused() throws {
        let flux = #"{"in_channels": 64, "vec_in_dim": 768, "context_in_dim": 4096, "hidden_size": 3072, "mlp_ratio": 4.0, "num_heads": 24, "depth": 19, "depth_single_blocks": 38, "axes_dim": [16, 56, 57], "theta": 10000, "qkv_bias": true, "guidance_embed": true}"#
        #expect(try problem(#"{"system": "uno", "flux": \#(flux), \#(Self.files)}"#).contains("axes_dim"))
    }

    @Test func officialFilesNeedNoDescription() throws {
        let names = ["flux1-dev.safetensors", "ae.safetensors", "dit_lora.safetensors", "xflux_text_encoders", "clip-vit-large-patch14"]
        try inDirectory(Dictionary(uniqueKeysWithValues: names.map { ($0, "") })) { directory in
            let description = try ModelDirectory(path: directory).description
            #expect(description.flux == .dev)
            #expect(description.files.t5 == "xflux_text_encoders")
            #expect(description.files.loras == [.init(file: "dit_lora.safetensors")])
        }
    }

    /// DreamO's files as its program downloads them, beside a base.
    private static let dreamo = ["dreamo.safetensors", "dreamo_cfg_distill.safetensors", "diffusion_pytorch_model.safetensors"]
    private static let base = ["flux1-dev.safetensors", "ae.safetensors", "text_encoder/x", "text_encoder_2/x"]

    private func empty(_ names: [String]) -> [String: String] { Dictionary(uniqueKeysWithValues: names.map { ($0, "") }) }

    @Test func dreamoIsKnownByItsFilesWithTheStrengthsOfItsVersion() throws {
        let first = ["dreamo_quality_lora_pos.safetensors", "dreamo_quality_lora_neg.safetensors"]
        let second = ["v1.1/dreamo_sft_lora.safetensors", "v1.1/dreamo_dpo_lora.safetensors"]
        try inDirectory(empty(Self.dreamo + Self.base + first)) { directory in
            let description = try ModelDirectory(path: directory).description
            #expect(description.system == "dreamo" && description.flux == .dev && description.defaults.guidance == 3.5)
            #expect(description.files.adapters.map(\.file) == Self.dreamo + first)
            #expect(description.files.adapters.map(\.weight) == [1, 1, 1, 0.15, -0.8])
        }
        try inDirectory(empty(Self.dreamo.dropLast() + Self.base + first + second)) { directory in
            let description = try ModelDirectory(path: directory).description
            #expect(description.files.adapters.map(\.file) == Self.dreamo.dropLast() + second)
            #expect(description.files.adapters.map(\.weight) == [1, 1, 1, 1.25])
            #expect(description.defaults.guidance == 4.5 && description.defaults.steps == 25)
        }
    }

    @Test func dreamosBaseMayLieInDiffusersLayoutBesideIt() throws {
        let base = ["model_index.json", "transformer/config.json", "vae/config.json", "text_encoder/config.json", "text_encoder_2/config.json"]
        let second = ["v1.1/dreamo_sft_lora.safetensors", "v1.1/dreamo_dpo_lora.safetensors"]
        var files = empty(Self.dreamo + second)
        for name in base { files["black-forest-labs/FLUX.1-dev/\(name)"] = #"{"guidance_embeds": true, "num_layers": 3}"# }
        files["black-forest-labs/FLUX.1-dev/scheduler/scheduler_config.json"] = #"{"base_shift": 0.4, "use_dynamic_shifting": true}"#
        try inDirectory(files) { path in
            let directory = try ModelDirectory(path: path)
            #expect(directory.description.files.flux == "black-forest-labs/FLUX.1-dev/transformer")
            #expect(directory.description.flux == .dev.with { $0.depth = 3 })
            #expect(directory.scheduler.baseShift == 0.4)
            #expect(directory.description.defaults.steps == 12)
        }
    }

    @Test func incompleteDreamoSaysWhatIsMissing() throws {
        try inDirectory(empty(["dreamo.safetensors"] + Self.base)) { directory in
            let error = #expect(throws: ModelDirectoryError.self) { try ModelDirectory(path: directory) }
            for name in ["dreamo_cfg_distill.safetensors", "v1.1/dreamo_sft_lora.safetensors", "v1.1/dreamo_dpo_lora.safetensors"] {
                #expect(error.map { "\($0)".contains(name) } == true)
            }
        }
    }

    @Test(arguments: ["flux1-dev-Q8_0.gguf", "flux1-dev-fp8-e4m3fn.safetensors", "FLUX.1-dev/flux1-dev-Q4_K_S.gguf"])
    func aQuantizedTransformerIsFoundByItsName(file: String) throws {
        let names = [file, "ae.safetensors", "t5", "clip", "dit_lora.safetensors"]
        try inDirectory(empty(names)) { directory in
            let description = try ModelDirectory(path: directory).description
            #expect(description.files.flux == file && description.flux == .dev && description.system == "uno")
        }
        try inDirectory(empty(names + ["flux1-dev-Q5_K_S.gguf"])) { directory in
            _ = #expect(throws: ModelDirectoryError.self) { try ModelDirectory(path: directory) }
        }
    }

    @Test(arguments: ["", "facexlib/weights/"]) func networksThatPrepareReferencesAreFoundBesideDreamO(folder: String) throws {
        let names = ["BEN2_Base.pth", "\(folder)detection_Resnet50_Final.pth", "\(folder)parsing_bisenet.pth"]
        let second = ["v1.1/dreamo_sft_lora.safetensors", "v1.1/dreamo_dpo_lora.safetensors"]
        try inDirectory(empty(Self.dreamo + Self.base + second + names)) { directory in
            let files = try ModelDirectory(path: directory).description.files
            #expect([files.backgroundRemover, files.faceDetector, files.faceParser] == names)
        }
    }

    @Test func theMainFilesAdapterIsTheFirstUnlessItIsListed() throws {
        let files = #"{"flux": "f", "autoencoder": "a", "t5": "t", "clip": "c", "dreamo": "d", "loras": [LORAS]}"#
        for (listed, expected) in [(#"{"file": "x"}"#, ["d", "x"]), (#"{"file": "x"}, {"file": "d", "weight": 0.5}"#, ["x", "d"])] {
            let json = #"{"system": "dreamo", "files": \#(files.replacingOccurrences(of: "LORAS", with: listed))}"#
            let directory = try inDirectory(["model.json": json]) { try ModelDirectory(path: $0) }
            #expect(directory.description.files.adapters.map(\.file) == expected)
        }
    }

    @Test(arguments: ["", "uso_flux_v1.0/", "USO/uso_flux_v1.0/"]) func aProjectorMakesOfficialFilesThoseOfUSO(folder: String) throws {
        let names = ["flux1-dev.safetensors", "ae.safetensors", "t5", "clip"]
        try inDirectory(Dictionary(uniqueKeysWithValues: names.map { ($0, "") })) { directory in
            for name in ["dit_lora.safetensors", "projector.safetensors"] {
                let path = URL(fileURLWithPath: "\(directory)/\(folder)\(name)")
                try FileManager.default.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data().write(to: path)
            }
            let error = #expect(throws: ModelDirectoryError.self) { try ModelDirectory(path: directory) }
            #expect(error.map { "\($0)".contains("siglip (SigLIP)") } == true)
            try Data().write(to: URL(fileURLWithPath: "\(directory)/siglip"))
            let description = try ModelDirectory(path: directory).description
            #expect(description.system == "uso" && description.style == .official)
            #expect(description.files.projector == "\(folder)projector.safetensors")
            #expect(description.files.loras == [.init(file: "\(folder)dit_lora.safetensors")])
            #expect((description.defaults.width, description.defaults.steps) == (1024, 25))
        }
    }

    @Test func incompleteOfficialDirectoriesSayWhatIsMissing() throws {
        try inDirectory(["ae.safetensors": ""]) { directory in
            let error = #expect(throws: ModelDirectoryError.self) { try ModelDirectory(path: directory) }
            #expect(error.map { "\($0)".contains("flux1-dev.safetensors") && "\($0)".contains("found ae.safetensors") } == true)
        }
        let absent = #expect(throws: ModelDirectoryError.self) { try ModelDirectory(path: "/nowhere") }
        #expect(absent == .notFound("/nowhere"))
    }
}
