import Checkpoints
import Flux
import Foundation
import Layers
import TestSupport
import Testing
import Torch

/// Which adapter files are taken, and what is said about the others.
struct AdapterReaderTests {
    static let tiny = FluxConfiguration.dev.with {
        ($0.hiddenSize, $0.headCount, $0.axesDim, $0.depth, $0.singleDepth) = (32, 2, [4, 6, 6], 1, 1)
        ($0.contextInDim, $0.vecInDim) = (10, 6)
    }

    private func adapters(_ shapes: [(String, [Int])]) throws -> [String: [LowRankAdapter]] {
        let source = ShapeSource(location: "a.safetensors", tensors: shapes.map { ($0.0, TensorInfo(dtype: .float32, shape: $0.1)) })
        return try AdapterReader(Self.tiny).adapters(in: source, weight: 1, dtype: .float32)
    }

    private func problem(_ shapes: [(String, [Int])]) -> String {
        do {
            _ = try adapters(shapes)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func linearLayersAreThoseOfTheTransformer() throws {
        for configuration in [Self.tiny, Self.tiny.with { $0.usesGuidance = false }] {
            let scope = ParameterScope.zeros()
            _ = try FluxTransformer(configuration, at: scope)
            let modules = scope.parameters.modules.compactMap { path, module in (module as? AdaptableWeight).map { (path, $0.shape) } }
            #expect(Dictionary(uniqueKeysWithValues: modules) == configuration.linearLayers)
        }
    }

    /// The down and up tensors of a module.
    private func pair(_ module: String, _ endings: (String, String), _ rank: Int, inputs: Int, outputs: Int) -> [(String, [Int])] {
        [(module + endings.0, [rank, inputs]), (module + endings.1, [outputs, rank])]
    }

    private static let peft = (".lora_A.weight", ".lora_B.weight"), kohya = (".lora_down.weight", ".lora_up.weight")

    @Test(arguments: ["transformer.", "", "base_model.model.", "diffusion_model."]) func prefixesOfPeftFilesAreTaken(prefix: String) throws {
        let module = prefix == "diffusion_model." ? "single_blocks.0.linear1" : "single_transformer_blocks.0.proj_mlp"
        let outputs = prefix == "diffusion_model." ? 224 : 128
        let found = try adapters(pair(prefix + module, Self.peft, 4, inputs: 32, outputs: outputs))
        #expect(found.keys.sorted() == ["single_blocks.0.linear1"])
        #expect(found["single_blocks.0.linear1"]?.first?.rows == (outputs == 224 ? nil : 96..<224))
    }

    @Test func kohyaFilesMayHaveDiffusersNames() throws {
        let found = try adapters(
            pair("lora_transformer_transformer_blocks_0_attn_to_add_out", Self.kohya, 4, inputs: 32, outputs: 32)
                + pair("lora_unet_final_layer_adaLN_modulation_1", Self.kohya, 4, inputs: 32, outputs: 64))
        #expect(found.keys.sorted() == ["double_blocks.0.txt_attn.proj", "final_layer.adaLN_modulation.1"])
    }

    @Test func partsOfAFusedLayerLieOnTheirRows() throws {
        let parts = ["to_k", "to_q", "to_v"].flatMap { pair("transformer_blocks.0.attn.\($0)", Self.peft, 4, inputs: 32, outputs: 32) }
        let found = try adapters(parts)
        #expect(found["double_blocks.0.img_attn.qkv"]?.map(\.rows) == [32..<64, 0..<32, 64..<96])
    }

    @Test(arguments: [
        ("lora_unet_double_blocks_0_img_attn_qkv.lokr_w1", "LoKr"), ("lora_unet_double_blocks_0_img_attn_qkv.hada_w1_a", "LoHa"),
        ("transformer.x_embedder.lora_magnitude_vector", "DoRA"), ("lora_unet_img_in.dora_scale", "DoRA"), ("x_embedder.oft_blocks", "OFT"),
    ])
    func otherKindsAreRefusedByName(key: String, kind: String) {
        let text = problem(pair("transformer.x_embedder", Self.peft, 4, inputs: 64, outputs: 32) + [(key, [4, 4])])
        #expect(text.contains("a \(kind) adapter") && text.contains(key), "\(text)")
    }

    @Test func everythingWithoutAPlaceIsListed() {
        let good = pair("transformer.x_embedder", Self.peft, 4, inputs: 64, outputs: 32)
        let strange = ["transformer.x_embedder.lora_B.bias", "text_encoder.text_model.encoder.layers.0.mlp.fc1.lora_A.weight", "transformer.transformer_blocks.1.attn.to_q.lora_A.weight"]
        let text = problem(good + strange.map { ($0, [4, 32]) })
        #expect(text.contains("3 tensors belong to no layer"))
        for key in strange { #expect(text.contains(key)) }
        #expect(problem([("model.weight", [2, 2])]).contains("model.weight"))
        #expect(problem([]).contains("holds no tensors"))
    }

    @Test func halfAPairIsNamed() {
        let text = problem([("lora_unet_img_in.lora_down.weight", [4, 64]), ("lora_unet_img_in.alpha", [])])
        #expect(text.contains("no partner") && text.contains("lora_unet_img_in.alpha"))
    }

    @Test func otherWidthsNameKeyAndShapes() {
        let text = problem(pair("transformer.transformer_blocks.0.attn.to_q", Self.peft, 4, inputs: 3072, outputs: 3072))
        #expect(text.contains("to_q.lora_A.weight") && text.contains("[4, 3072]") && text.contains("[rank, 32]"))
        #expect(problem(pair("lora_unet_img_in", Self.kohya, 0, inputs: 64, outputs: 32)).contains("[0, 64]"))
        #expect(problem(pair("lora_unet_img_in", Self.kohya, 4, inputs: 64, outputs: 32) + [("lora_unet_img_in.alpha", [2])]).contains("one number"))
    }

    @Test func anAlphaThatIsNoNumberIsRefused() throws {
        let source = TensorTable([
            ("x_embedder.lora_A.weight", try .zeros([4, 64])), ("x_embedder.lora_B.weight", try .zeros([32, 4])),
            ("x_embedder.alpha", try Tensor([Float.nan])),
        ])
        #expect(throws: FluxError.self) { try AdapterReader(Self.tiny).adapters(in: source, weight: 1, dtype: .float32) }
    }

    @Test func pairsWithoutAlphaTakeTheUsualOne() throws {
        func number(_ value: Float) throws -> Tensor { try Tensor([value], shape: []) }
        var tensors: [(name: String, tensor: Tensor)] = []
        for (module, rank, inputs, alpha) in [("x_embedder", 4, 64, 2), ("context_embedder", 2, 10, 2), ("proj_out", 8, 32, nil), ("norm_out.linear", 4, 32, 16)] as [(String, Int, Int, Float?)] {
            let outputs = ["proj_out", "norm_out.linear"].contains(module) ? 64 : 32
            tensors += [("\(module).lora_A.weight", try .zeros([rank, inputs])), ("\(module).lora_B.weight", try .zeros([outputs, rank]))]
            if let alpha { tensors.append(("\(module).alpha", try number(alpha))) }
        }
        let found = try AdapterReader(Self.tiny).adapters(in: TensorTable(tensors), weight: -0.5, dtype: .float32)
        let weights = found.mapValues { $0[0].weight }
        #expect(weights == ["img_in": -0.25, "txt_in": -0.5, "final_layer.linear": -0.125, "final_layer.adaLN_modulation.1": -2])
    }

    /// DreamO's files at full size. The ranks stand in the files only, so that any will do.
    @Test(.enabled(if: Golden.isAvailable("dreamo-lora"), Golden.absence)) func everyKeyOfTheRealFilesHasItsPlace() throws {
        let data = try Golden("dreamo-lora").data("manifest.json")
        let manifest = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        let files = try #require(manifest["files"] as? [String: [String: [Any]]])
        #expect(files.count >= 6)
        for (name, tensors) in files {
            let source = ShapeSource(location: name, tensors: tensors.keys.sorted().map { key in
                (key, TensorInfo(dtype: .bfloat16, shape: (tensors[key] ?? []).map { $0 as? Int ?? 16 }))
            })
            let found = try AdapterReader(.dev).adapters(in: source, weight: 1, dtype: .bfloat16)
            let count = tensors.keys.count { !$0.contains("embedding") }
            #expect(found.values.reduce(0) { $0 + $1.count } == count / 2, "\(name)")
        }
    }
}
