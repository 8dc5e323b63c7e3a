import Checkpoints
import TestSupport
import Testing
import TextEncoders
import Torch

@Suite(.enabled(if: TextEncodersGolden.isAvailable, Golden.absence))
struct T5EncoderTests {
    private let expected: GoldenTensors

    init() throws { expected = try TextEncodersGolden.expected() }

    private func encoder(_ folder: String = "t5", dtype: DType = .float32) throws -> T5Encoder {
        try EncoderDirectory.t5(TextEncodersGolden.path(folder), dtype: dtype).model
    }

    @Test func outputMatchesReferenceInFloat32() throws {
        let out = try encoder()(expected["t5.ids_64"])
        try expectClose(out, expected["t5.out_fp32"], .golden(2e-5))
    }

    @Test func outputMatchesReferenceInBFloat16() throws {
        let out = try encoder(dtype: .bfloat16)(expected["t5.ids_64"])
        #expect(out.dtype == .bfloat16)
        try expectRelativeL2(out, expected["t5.out_bf16"], atMost: 2e-2)
    }

    @Test func everyBlockMatchesReference() throws {
        var states: [Int: Tensor] = [:]
        let encoder = try encoder()
        let ids = try expected["t5.ids_64"].narrowed(dim: 0, start: 0, count: 1)
        states[encoder.configuration.layerCount] = try encoder(ids) { states[$0] = $1 }
        #expect(states.keys.sorted() == Array(0...encoder.configuration.layerCount))
        for (index, state) in states {
            try expectClose(state, expected["t5.hidden.\(index).prompt0"], .golden(2e-5), "block \(index)")
        }
    }

    @Test func positionBiasMatchesReference() throws {
        try expectClose(encoder().positionBias(tokens: 64), expected["t5.position_bias"], .exact)
    }

    @Test func fiveHundredTwelveTokensMatchReference() throws {
        let out = try encoder()(expected["t5_max512.ids_prompt0"])
        try expectClose(out.narrowed(dim: 1, start: 0, count: 24), expected["t5_max512.out_prompt0_first24_fp32"], .golden(2e-5))
        try expectClose(out.narrowed(dim: 1, start: 504, count: 8), expected["t5_max512.out_prompt0_last8_fp32"], .golden(2e-5))
    }

    @Test func shardedCheckpointMatchesReference() throws {
        let ids = try expected["t5.ids_64"].narrowed(dim: 0, start: 0, count: 2)
        try expectClose(encoder("t5-sharded")(ids), expected["t5_sharded.out_fp32"], .golden(2e-5))
    }

    /// T5-XXL takes 9 GB as stored: loading must map it, not copy it.
    @Test func weightsAsStoredAreNotCopied() throws {
        let source = try SafetensorsReader(path: TextEncodersGolden.path("t5/model.safetensors"))
        let configuration = try encoder().configuration
        let loaded = try ParameterScope.load(source, dtype: .bfloat16) { try T5Encoder(configuration, at: $0) }
        for (path, tensor) in loaded.parameters.parameters {
            let address = try tensor.withUnsafeBytes { $0.baseAddress }
            #expect(try source.tensor(path).withUnsafeBytes { $0.baseAddress } == address, "\(path)")
        }
    }

    @Test func secondNameOfTheEmbeddingIsIgnored() throws {
        let real = try ShapeSource(manifest: TextEncodersGolden.path("manifest.json"), component: ["t5 (xxl encoder)"])
        var tensors = real.keys.compactMap { key in real.info(key).map { (name: key, info: $0) } }
        if let table = real.info("shared.weight") { tensors.append((name: "encoder.embed_tokens.weight", info: table)) }
        let source = ShapeSource(location: "t5", tensors: tensors)
        let loaded = try ParameterScope.load(source, ignoring: T5Encoder.ignoredKeys) { try T5Encoder(.xxl, at: $0) }
        #expect(loaded.parameters.parameters.count == tensors.count - 1)
    }

    @Test func everyKeyOfTheRealCheckpointHasItsPlace() throws {
        let source = try ShapeSource(manifest: TextEncodersGolden.path("manifest.json"), component: ["t5 (xxl encoder)"])
        let loaded = try ParameterScope.load(source) { try T5Encoder(.xxl, at: $0) }
        #expect(Set(loaded.parameters.parameters.map(\.path)) == Set(source.keys))
        #expect(loaded.parameters.count == 4_762_310_656)
    }
}
