import Checkpoints
import Flux
import Foundation
import TestSupport
import Testing
import TextEncoders
import Torch

/// A model directory in diffusers' layout beside the single files, and the official outputs (`golden/diffusers-layout`).
@Suite(.enabled(if: Golden.isAvailable("diffusers-layout"), Golden.absence))
struct DiffusersLayoutGoldenTests {
    struct Settings: Decodable {
        let prompts: [String]
        let max_sequence_length: Int
    }

    private let golden: Golden
    private let inputs, outputs: GoldenTensors
    private let directory: ModelDirectory

    init() throws {
        golden = try Golden("diffusers-layout")
        inputs = try golden.tensors("inputs.safetensors")
        outputs = try golden.tensors("outputs.safetensors")
        directory = try ModelDirectory(path: golden.path("FLUX.1-dev"))
    }

    @Test func theDirectoryNeedsNoDescription() throws {
        let description = directory.description
        let flux = try #require(description.flux), autoencoder = try #require(description.autoencoder)
        #expect((flux.hiddenSize, flux.headCount, flux.depth, flux.singleDepth, flux.axesDim) == (32, 2, 2, 3, [4, 6, 6]))
        #expect((flux.contextInDim, flux.vecInDim, flux.inChannels, flux.usesGuidance) == (10, 6, 64, true))
        #expect((autoencoder.channels, autoencoder.channelMultipliers, autoencoder.residualBlockCount) == (32, [1, 2, 1, 1], 1))
        #expect((autoencoder.scaleFactor, autoencoder.shiftFactor, autoencoder.latentChannels) == (0.3611, 0.1159, 16))
        #expect(description.system == "uno" && description.files.adapters.isEmpty)
        #expect(directory.scheduler == .flux)
    }

    @Test func aDescriptionMayNameTheDirectory() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let json = #"{"system": "uno", "files": {"diffusers": "\#(golden.path("FLUX.1-dev"))/", "autoencoder": "\#(golden.path("bfl/ae.safetensors"))"}}"#
        try Data(json.utf8).write(to: folder.appendingPathComponent("model.json"))
        let named = try ModelDirectory(path: folder.path)
        #expect(named.description.flux == directory.description.flux)
        #expect(named.file(named.description.files.t5) == golden.path("FLUX.1-dev/text_encoder_2"))
        #expect(named.description.files.autoencoder.hasSuffix("bfl/ae.safetensors"))
    }

    private func transformer(_ path: String) throws -> FluxTransformer {
        let configuration = try #require(directory.description.flux)
        return try ParameterScope.load(FluxCheckpoint.transformer(path)) { try FluxTransformer(configuration, at: $0) }.model
    }

    @Test(arguments: ["FLUX.1-dev/transformer", "bfl/flux1-dev.safetensors"]) func bothLayoutsComputeTheOfficialVelocity(file: String) throws {
        let transformer = try transformer(golden.path(file))
        let ids = try Tensor.concatenated([inputs["txt_ids"], inputs["img_ids"]], dim: 0)
        let conditioning = try transformer.conditioning(FluxInputs(
            txt: inputs["encoder_hidden_states"], vec: inputs["pooled_projections"], ids: ids, timesteps: inputs["timestep"].unsqueezed(0),
            guidance: inputs["guidance"]))
        let velocity = try transformer(inputs["hidden_states"], conditioning, step: 0)
        try expectClose(velocity, outputs["transformer"], .absolute(2e-5))
        try expectClose(velocity, outputs["transformer_bfl"], .absolute(2e-5))
    }

    @Test(arguments: ["FLUX.1-dev/vae", "bfl/ae.safetensors"]) func bothLayoutsEncodeAndDecode(file: String) throws {
        let configuration = try #require(directory.description.autoencoder)
        let autoEncoder = try ParameterScope.load(FluxCheckpoint.autoEncoder(golden.path(file)), dtype: .float32) {
            try AutoEncoder(configuration, at: $0)
        }.model
        try expectClose(autoEncoder.moments(of: inputs["vae_image"]), outputs["vae_moments"], .absolute(2e-5))
        // The stored latents are those of the decoder itself; shift and scale stand before it here.
        let latents = try (inputs["vae_latent"] - configuration.shiftFactor) * configuration.scaleFactor
        try expectClose(autoEncoder.decode(latents), outputs["vae_decoded"], .absolute(2e-5))
    }

    @Test func textsAreEncodedAsInTheOfficialPipeline() throws {
        let settings = try golden.decoded("config.json", as: Settings.self), files = directory.description.files
        let text = try TextConditioner(
            t5Directory: directory.file(files.t5), t5Length: settings.max_sequence_length, clipDirectory: directory.file(files.clip), clipLength: 77,
            dtype: .float32, device: .cpu)(settings.prompts)
        try expectClose(text.t5IDs, inputs["t5_input_ids"], .exact)
        try expectClose(text.clipIDs, inputs["clip_input_ids"], .exact)
        try expectClose(text.txt, outputs["prompt_embeds"], .absolute(2e-5))
        try expectClose(text.vec, outputs["pooled_prompt_embeds"], .absolute(2e-5))
    }

    @Test func everyTensorOfTheRealFilesHasItsPlace() throws {
        for (component, load) in [
            ("transformer_diffusers", { (source: any TensorSource) in
                _ = try ParameterScope.load(FluxCheckpoint.renamedTransformer(source)) { try FluxTransformer(.dev, at: $0) }
            }),
            ("vae_diffusers", { source in
                _ = try ParameterScope.load(FluxCheckpoint.renamedAutoEncoder(source)) { try AutoEncoder(.flux, at: $0) }
            }),
        ] {
            try load(ShapeSource(manifest: golden.path("manifest.json"), component: [component]))
        }
    }

    @Test func aPartOfAFusedLayerThatIsMissingIsNamed() throws {
        let whole = try ShapeSource(manifest: golden.path("manifest.json"), component: ["transformer_diffusers"])
        let missing = "transformer_blocks.7.attn.to_k.weight"
        let source = ShapeSource(location: "x", tensors: whole.keys.filter { $0 != missing }.compactMap { key in whole.info(key).map { (key, $0) } })
        let error = #expect(throws: CheckpointError.self) { try FluxCheckpoint.renamedTransformer(source) }
        #expect(error.map { "\($0)".contains(missing) } == true)
    }

    @Test(arguments: [
        ("transformer", #"{"num_attention_heads": 0}"#, "num_attention_heads is 0"),
        ("transformer", #"{"axes_dims_rope": [16, 56, 58]}"#, "axes_dim"),
        ("transformer", #"{"num_layers": "many"}"#, "wrong type"),
        ("vae", #"{"block_out_channels": [128, 192]}"#, "block_out_channels"),
        ("scheduler", #"{"time_shift_type": "linear"}"#, "time_shift_type"),
    ])
    func damagedConfigurationsAreRefusedWithTheirPath(part: String, json: String, reason: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["transformer", "vae", "text_encoder", "text_encoder_2", "scheduler"] {
            try FileManager.default.createDirectory(at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        let name = part == "scheduler" ? "scheduler_config.json" : "config.json"
        for (file, text) in [("model_index.json", "{}"), ("\(part)/\(name)", json)] { try Data(text.utf8).write(to: folder.appendingPathComponent(file)) }
        let error = #expect(throws: ModelDirectoryError.self) { try ModelDirectory(path: folder.path) }
        #expect(error.map { "\($0)".contains(reason) && "\($0)".contains("\(part)/\(name)") } == true, "\(String(describing: error))")
    }
}
