import Checkpoints
import Foundation
import TestSupport
import Testing
import TextEncoders
import Torch

@Suite(.enabled(if: TextEncodersGolden.isAvailable, Golden.absence))
struct CLIPTextEncoderTests {
    private let expected: GoldenTensors

    init() throws { expected = try TextEncodersGolden.expected() }

    private func encoder(dtype: DType = .float32) throws -> CLIPTextEncoder {
        try EncoderDirectory.clip(TextEncodersGolden.path("clip"), dtype: dtype).model
    }

    @Test func outputMatchesReferenceInFloat32() throws {
        let output = try encoder()(expected["clip.ids_77"])
        try expectClose(output.hidden, expected["clip.last_hidden_fp32"], .golden(2e-5))
        try expectClose(output.pooled, expected["clip.pooled_fp32"], .golden(2e-5))
    }

    @Test func outputMatchesReferenceInBFloat16() throws {
        let output = try encoder(dtype: .bfloat16)(expected["clip.ids_77"])
        try expectRelativeL2(output.pooled, expected["clip.pooled_bf16"], atMost: 2e-2)
    }

    @Test func everyLayerMatchesReference() throws {
        var states: [Int: Tensor] = [:]
        let encoder = try encoder()
        _ = try encoder(expected["clip.ids_77"].narrowed(dim: 0, start: 0, count: 1)) { states[$0] = $1 }
        #expect(states.keys.sorted() == Array(0...encoder.configuration.layerCount))
        for (index, state) in states {
            try expectClose(state, expected["clip.hidden.\(index).prompt0"], .golden(2e-5), "layer \(index)")
        }
    }

    @Test func flatConfigurationGivesTheSameEncoder() throws {
        let flat = try configuration(try String(contentsOfFile: TextEncodersGolden.path("clip/config-flat-variant.json"), encoding: .utf8))
        #expect(try flat == encoder().configuration)
    }

    /// Files written by newer programs name the end token; the first one in the row counts, wherever larger ids stand.
    @Test func pooledIsTheFirstEndToken() throws {
        let text = try String(contentsOfFile: TextEncodersGolden.path("clip/config-flat-variant.json"), encoding: .utf8)
        let named = try configuration(text.replacingOccurrences(of: "\"eos_token_id\": 2", with: "\"eos_token_id\": 7"))
        let source = try Checkpoint.open(TextEncodersGolden.path("clip"))
        let encoder = try ParameterScope.load(source, dtype: .float32, ignoring: CLIPTextEncoder.ignoredKeys) { try CLIPTextEncoder(named, at: $0) }.model
        let output = try encoder(Tensor([5, 9, 7, 7, 49407, 3] as [Int64], shape: [1, 6]))
        try expectClose(output.pooled, output.hidden.select(dim: 1, index: 2), .exact)
        let old = try self.encoder()(Tensor([5, 9, 2, 49407, 49407, 3] as [Int64], shape: [1, 6]))
        try expectClose(old.pooled, old.hidden.select(dim: 1, index: 3), .exact)
    }

    @Test func everyKeyOfTheRealCheckpointHasItsPlace() throws {
        let source = try ShapeSource(manifest: TextEncodersGolden.path("manifest.json"), component: ["clip (ViT-L/14 text)"])
        let real = try configuration(
            #"{"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12, "eos_token_id": 2}"#)
        let loaded = try ParameterScope.load(source, ignoring: CLIPTextEncoder.ignoredKeys) { try CLIPTextEncoder(real, at: $0) }
        #expect(Set(loaded.parameters.parameters.map(\.path)) == Set(source.keys.filter { !$0.hasSuffix("position_ids") }))
        #expect(loaded.parameters.count == 123_060_480)
    }

    @Test func otherKeysAreRefused() throws {
        let source = try ShapeSource(manifest: TextEncodersGolden.path("manifest.json"), component: ["clip (ViT-L/14 text)"])
        let real = try configuration(#"{"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 11, "num_attention_heads": 12}"#)
        #expect(throws: CheckpointError.self) {
            try ParameterScope.load(source, ignoring: CLIPTextEncoder.ignoredKeys) { try CLIPTextEncoder(real, at: $0) }
        }
    }

    private func configuration(_ json: String) throws -> CLIPTextConfiguration {
        try JSONDecoder().decode(CLIPTextConfiguration.self, from: Data(json.utf8))
    }
}
