import Checkpoints
import Testing
import Torch

@Suite struct ShapeSourceTests {
    @Test func tablesAreReadFromJSON() throws {
        let directory = try TemporaryDirectory()
        let text = #"{"note":"","files":{"a b":{"w":{"dtype":"BF16 or F32 (varies)","shape":[2,3]},"b":{"shape":[],"dtype":"float32"}}}}"#
        let path = try directory.write(Array(text.utf8), to: "manifest.json")
        let source = try ShapeSource(manifest: path, component: ["files", "a b"])
        #expect(source.keys == ["b", "w"])
        #expect(source.info("w") == TensorInfo(dtype: .bfloat16, shape: [2, 3]))
        #expect(source.info("b") == TensorInfo(dtype: .float32, shape: []))
        #expect(try source.tensor("w").shape == [2, 3])
        #expect(!source.holdsValues)
        #expect(checkpointError { _ = try ShapeSource(manifest: path, component: ["files", "x"]) }.contains("no object 'files/x'"))
        #expect(checkpointError { _ = try ShapeSource(manifest: path) }.contains("its entry 'files' has no 'dtype' and 'shape'"))
    }

    @Test(.enabled(if: SharedData.path != nil, SharedData.absence)) func theTableOfFluxHasItsTwelveBillionParameters() throws {
        let source = try ShapeSource(manifest: SharedData.golden("flux-dit/manifest.json"), component: ["flux1-dev.safetensors"])
        let loaded = try ParameterScope.load(source) { scope in
            try source.keys.map { try scope.parameter($0, source.info($0)?.shape ?? []) }
        }
        #expect(loaded.parameters.count == 11_901_408_320)
        #expect(loaded.parameters.byteCount == 2 * 11_901_408_320)
    }
}
