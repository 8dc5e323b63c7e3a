import Checkpoints
import Flux
import TestSupport
import Testing
import Torch
import USO

/// The style projector against the official one (`golden/uso-projector`).
@Suite(.enabled(if: Golden.isAvailable("uso-projector"), Golden.absence))
struct ProjectorGoldenTests {
    struct Settings: Decodable {
        let variants: [String: Variant]
    }

    struct Variant: Decodable {
        let siglip_token_nums, style_token_nums, siglip_token_dims, hidden_size: Int

        var style: StyleConfiguration {
            var style = StyleConfiguration.official
            (style.siglipTokenCount, style.tokenCount, style.siglipWidth) = (siglip_token_nums, style_token_nums, siglip_token_dims)
            return style
        }
    }

    private func run(_ name: String, _ dtype: DType) throws -> (tokens: Tensor, seen: [String: Tensor], expected: GoldenTensors) {
        let golden = try Golden("uso-projector")
        let variant = try #require(golden.decoded("config.json", as: Settings.self).variants[name])
        let projector = try ParameterScope.load(Checkpoint.open(golden.path("\(name)/projector.safetensors")), dtype: dtype) {
            try StyleProjector(variant.style, hiddenSize: variant.hidden_size, at: $0)
        }.model
        let expected = try golden.tensors("\(name)/outputs.safetensors")
        let states = try variant.style.siglipLayers.map { try expected["input.hidden_states[\($0)]"] }
        var seen: [String: Tensor] = [:]
        let tokens = try projector(states) { seen[$0] = $1 }
        return (tokens, seen, expected)
    }

    @Test(arguments: ["big", "small"]) func tokensMatchInFloat32(name: String) throws {
        let (tokens, seen, expected) = try run(name, .float32)
        try expectEveryValueClose(tokens, expected["style_tokens"], absolute: 2e-5, relative: 1e-5, "style_tokens")
        #expect(seen.count == 6)
        for (key, value) in seen { try expectEveryValueClose(value, expected[key], absolute: 2e-5, relative: 1e-5, key) }
    }

    @Test(arguments: ["big", "small"]) func tokensMatchInBFloat16(name: String) throws {
        let (tokens, _, expected) = try run(name, .bfloat16)
        #expect(tokens.dtype == .bfloat16)
        try expectEveryValueClose(tokens, expected["bf16.style_tokens"], absolute: 0.03, relative: 0.02, "style_tokens")
    }

    @Test func everyKeyOfTheRealProjectorHasItsPlace() throws {
        let source = try ShapeSource(manifest: Golden("uso-projector").path("manifest.json"), component: ["tensors"])
        let loaded = try ParameterScope.load(source) { try StyleProjector(.official, hiddenSize: 3072, at: $0) }
        #expect(Set(loaded.parameters.parameters.map(\.path)) == Set(source.keys))
    }
}
