import Checkpoints
import Flux
import TestSupport
import Testing

/// Every tensor of the real checkpoints finds its place in a module, and every parameter of a module its tensor.
struct ManifestTests {
    @Test(
        .enabled(if: Golden.isAvailable("flux-dit"), Golden.absence),
        arguments: [("flux1-dev", FluxConfiguration.dev, 11_901_408_320), ("flux1-schnell", .schnell, 11_891_178_560)])
    func everyKeyOfTheTransformerMapsBothWays(name: String, configuration: FluxConfiguration, count: Int) throws {
        let source = try ShapeSource(manifest: Golden("flux-dit").path("manifest.json"), component: ["\(name).safetensors"])
        let loaded = try ParameterScope.load(source) { try FluxTransformer(configuration, at: $0) }
        #expect(Set(loaded.parameters.parameters.map(\.path)) == Set(source.keys))
        #expect(loaded.parameters.count == count)
    }

    @Test(.enabled(if: Golden.isAvailable("autoencoder"), Golden.absence))
    func everyKeyOfTheAutoEncoderMapsBothWays() throws {
        let source = try ShapeSource(manifest: Golden("autoencoder").path("manifest.json"), component: ["ae.safetensors"])
        let loaded = try ParameterScope.load(source) { try AutoEncoder(.flux, at: $0) }
        #expect(Set(loaded.parameters.parameters.map(\.path)) == Set(source.keys))
    }

    @Test(.enabled(if: Golden.isAvailable("flux-dit"), Golden.absence))
    func allProblemsOfAFileAreNamedAtOnce() throws {
        let source = try ShapeSource(manifest: Golden("flux-dit").path("manifest.json"), component: ["flux1-schnell.safetensors"])
        let narrow = FluxConfiguration.dev.with { $0.vecInDim = 700 }
        let error = #expect(throws: CheckpointError.self) { try ParameterScope.load(source) { try FluxTransformer(narrow, at: $0) } }
        guard case .incomplete(let report) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(Set(report.missing.map(\.key)) == [
            "guidance_in.in_layer.weight", "guidance_in.in_layer.bias", "guidance_in.out_layer.weight", "guidance_in.out_layer.bias",
        ])
        #expect(report.misshapen.map(\.key) == ["vector_in.in_layer.weight"])
    }
}
