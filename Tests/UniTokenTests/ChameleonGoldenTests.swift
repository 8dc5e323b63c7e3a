import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch
import UniToken

/// The decoder against the official one (`golden/chameleon-lm`): internals, whole passes, and every way to split them.
@Suite(.enabled(if: Golden.isAvailable("chameleon-lm"), Golden.absence))
struct ChameleonGoldenTests {
    static let variants = ["mha", "gqa_mp_swin"]

    struct Fixture {
        let model: ChameleonModel
        let expected: GoldenTensors
        let ids: [Int]

        init(_ variant: String, dtype: DType = .float32, change: (inout ChameleonConfiguration) -> Void = { _ in }) throws {
            let golden = try Golden("chameleon-lm")
            var configuration = try golden.decoded("\(variant)/config.json", as: ChameleonConfiguration.self)
            change(&configuration)
            model = try ParameterScope.load(Checkpoint.open(golden.path(variant)), dtype: dtype) { try ChameleonModel(configuration, at: $0) }.model
            expected = try golden.tensors("\(variant).data.safetensors")
            ids = try expected["input_ids"].values(as: Int.self)
        }

        func cache(_ capacity: Int = 32) throws -> KeyValueCache { try KeyValueCache(model.configuration, capacity: capacity, dtype: model.dtype) }

        func logits(_ x: Tensor, _ spans: [TokenSpan]) throws -> Tensor { try model.logits(model(x, spans)) }
    }

    @Test(arguments: variants) func everyLayerAndAllLogitsMatch(_ variant: String) throws {
        let fixture = try Fixture(variant)
        let x = try fixture.model.embeddings(fixture.ids), hidden = try fixture.expected["hidden_states"]
        var states: [Int: Tensor] = [:]
        let last = try fixture.model(x, [TokenSpan(nil, count: fixture.ids.count)]) { states[$0] = $1 }
        for index in 0..<hidden.shape[0] {
            try expectClose(#require(states[index]), hidden.select(dim: 0, index: index).squeezed(0), .absolute(1e-5), "state \(index)")
        }
        try expectClose(fixture.model.logits(last), fixture.expected["logits"].squeezed(0), .absolute(1e-4))
    }

    @Test(arguments: variants) func normsAndRotationOfTheFirstLayerMatch(_ variant: String) throws {
        let fixture = try Fixture(variant), count = fixture.ids.count, layer = fixture.model.layers[0]
        let x = try fixture.model.embeddings(fixture.ids)
        let heads = try layer.attention.heads(fixture.model.configuration.usesSwinNorm ? x : layer.inputNorm(x))
        try expectClose(heads.q, fixture.expected["layer0_q_after_norm"], .absolute(1e-5))
        try expectClose(heads.k, fixture.expected["layer0_k_after_norm"], .absolute(1e-5))
        let configuration = fixture.model.configuration
        let rotary = try RotaryHalves(
            positions: Array(0..<count), headDim: configuration.headDim, theta: configuration.theta, dtype: .float32, device: .cpu)
        try expectClose(rotary.cos.squeezed(1).unsqueezed(0), fixture.expected["rope_cos"], .absolute(1e-6))
        try expectClose(rotary.signedSin.abs().squeezed(1).unsqueezed(0), fixture.expected["rope_sin"].abs(), .absolute(1e-6))
        try expectClose(rotary(heads.q).transposed(0, 1).unsqueezed(0), fixture.expected["layer0_q_after_rope"], .absolute(1e-5))
        try expectClose(rotary(heads.k).transposed(0, 1).unsqueezed(0), fixture.expected["layer0_k_after_rope"], .absolute(1e-5))
    }

    /// Prefill, then tokens one by one, by twos, or all at once: the cache makes no difference.
    @Test(arguments: variants, [[16], [5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [3, 2, 2, 2, 2, 2, 2, 1], [1, 15]])
    func tokensInPartsGiveTheSameLogits(_ variant: String, _ parts: [Int]) throws {
        let fixture = try Fixture(variant), cache = try fixture.cache(16)
        let x = try fixture.model.embeddings(fixture.ids)
        let logits = try x.split(parts, dim: 0).map { try fixture.logits($0, [TokenSpan(cache, count: $0.shape[0])]) }
        try expectClose(Tensor.concatenated(logits, dim: 0), fixture.expected["logits"].squeezed(0), .absolute(1e-4))
        let contents = try cache.contents(layer: 0)
        try expectClose(contents.keys.unsqueezed(0), fixture.expected["cache_layer0_key_T"], .absolute(1e-5))
        try expectClose(contents.values.unsqueezed(0), fixture.expected["cache_layer0_value_T"], .absolute(1e-5))
    }

    @Test(arguments: variants) func vectorsServeInPlaceOfTokens(_ variant: String) throws {
        let fixture = try Fixture(variant), vectors = try fixture.expected["inputs_embeds"].squeezed(0), count = fixture.ids.count
        let logits = try fixture.logits(vectors, [TokenSpan(nil, count: count)])
        let last4 = try logits.narrowed(dim: 0, start: count - 4, count: 4)
        try expectClose(last4.unsqueezed(0), fixture.expected["logits_from_embeds_last4"], .absolute(1e-4))
        let cache = try fixture.cache()
        let eight = try fixture.logits(vectors.narrowed(dim: 0, start: 0, count: 8), [TokenSpan(cache, count: 8)])
        try expectClose(eight.narrowed(dim: 0, start: 7, count: 1), fixture.expected["mixed_prefill_embeds8_last_logits"], .absolute(1e-4))
        let next = try fixture.logits(fixture.model.embeddings([fixture.ids[8]]), [TokenSpan(cache, count: 1)])
        try expectClose(next, fixture.expected["mixed_then_id8_logits"], .absolute(1e-4))
    }

    /// Two branches of different lengths in one pass are what each is alone.
    @Test(arguments: variants) func branchesInOnePassDoNotSeeEachOther(_ variant: String) throws {
        let fixture = try Fixture(variant), model = fixture.model
        let long = try fixture.cache(), short = try fixture.cache()
        let both = try model.embeddings(Array(fixture.ids[0..<9]) + Array(fixture.ids[0..<3]))
        _ = try model(both, [TokenSpan(long, count: 9), TokenSpan(short, count: 3)])
        let logits = try fixture.logits(model.embeddings([fixture.ids[9], fixture.ids[3]]), [TokenSpan(long, count: 1), TokenSpan(short, count: 1)])
        let expected = try fixture.expected["logits"].squeezed(0)
        try expectClose(logits, Tensor.stacked([expected.select(dim: 0, index: 9), expected.select(dim: 0, index: 3)]), .absolute(1e-4))
        #expect(long.count == 10 && short.count == 4)
    }

    @Test(arguments: variants) func bfloat16StaysWithinTheRunInBFloat16(_ variant: String) throws {
        let fixture = try Fixture(variant, dtype: .bfloat16)
        let logits = try fixture.logits(fixture.model.embeddings(fixture.ids), [TokenSpan(nil, count: fixture.ids.count)])
        let expected = try fixture.expected["logits_bf16_run"].squeezed(0).to(.float32)
        let values = try expected.values(as: Float.self)
        let range = Double((values.max() ?? 0) - (values.min() ?? 0))
        try expectClose(logits, expected, .absolute(0.02 * range))
    }

    @Test func maskedPicturesHaveTheLowestLogits() throws {
        let plain = try Fixture("mha")
        let masked = try Fixture("mha") { $0.masksPictures = true; $0.pictureIDs = Array(4...8195) }
        let x = try plain.model.embeddings(plain.ids), span = TokenSpan(nil, count: plain.ids.count)
        let a = try plain.logits(x, [span]).select(dim: 0, index: 3).values(as: Float.self)
        let b = try masked.logits(x, [span]).select(dim: 0, index: 3).values(as: Float.self)
        for id in a.indices { #expect(b[id] == ((4...8195).contains(id) ? -Float.greatestFiniteMagnitude : a[id])) }
    }

    @Test func theLossIsTheOfficialOne() throws {
        let golden = try Golden("chameleon-lm")
        for variant in Self.variants {
            let fixture = try Fixture(variant), labels = try fixture.expected["labels"].values(as: Int.self)
            let logits = try fixture.logits(fixture.model.embeddings(fixture.ids), [TokenSpan(nil, count: fixture.ids.count)])
            let logs = try logits.logSoftmax(dim: -1)
            let losses = try (0..<labels.count - 1).filter { labels[$0 + 1] != -100 }.map {
                try -logs.select(dim: 0, index: $0).select(dim: 0, index: labels[$0 + 1]).item()
            }
            let expected = try fixture.expected["loss"].item()
            #expect(abs(losses.reduce(0, +) / Double(losses.count) - expected) < 1e-4, "\(golden.directory.lastPathComponent) \(variant)")
        }
    }

    @Test func everyKeyOfTheRealCheckpointHasItsPlace() throws {
        let golden = try Golden("chameleon-lm")
        let source = try ShapeSource(manifest: golden.path("manifest.json"), component: ["tensors"])
        let text = #"{"vocab_size": 65536, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32}"#
        let configuration = try JSONDecoder().decode(ChameleonConfiguration.self, from: Data(text.utf8))
        let loaded = try ParameterScope.load(source, ignoring: ["vit.", "adapter."]) { try ChameleonModel(configuration, at: $0) }
        let own = source.keys.filter { !$0.hasPrefix("vit.") && !$0.hasPrefix("adapter.") }
        #expect(Set(loaded.parameters.parameters.map(\.path)) == Set(own))
    }

    @Test func wrongTokensAndFullCachesAreRefused() throws {
        let fixture = try Fixture("mha")
        #expect(throws: UniTokenError.unknownToken(9216, vocabulary: 9216)) { try fixture.model.embeddings([1, 9216]) }
        #expect(throws: UniTokenError.unknownToken(-1, vocabulary: 9216)) { try fixture.model.embeddings([-1]) }
        let cache = try fixture.cache(4), x = try fixture.model.embeddings([1, 2, 3])
        _ = try fixture.model(x, [TokenSpan(cache, count: 3)])
        #expect(throws: UniTokenError.contextFull(tokens: 6, capacity: 4)) { try fixture.model(x, [TokenSpan(cache, count: 3)]) }
    }

    @Test(arguments: [
        (#""num_attention_heads": 3"#, "do not divide"), (#""num_attention_heads": 4, "rope_scaling": {"type": "linear"}"#, "scaled positions"),
        (#""num_attention_heads": 4, "hidden_act": "gelu""#, "'gelu'"), (#""num_attention_heads": 4, "num_key_value_heads": 8"#, "'num_key_value_heads' is 8"),
        (#""num_attention_heads": 4, "attention_bias": true"#, "biases"),
    ])
    func otherConfigurationsAreRefused(_ change: String, _ reason: String) throws {
        let text = #"{"vocab_size": 100, "hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1, \#(change)}"#
        let error = #expect(throws: DecodingError.self) { try JSONDecoder().decode(ChameleonConfiguration.self, from: Data(text.utf8)) }
        #expect(String(describing: error).contains(reason))
    }
}
