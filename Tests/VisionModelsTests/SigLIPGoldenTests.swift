import Checkpoints
import Foundation
import Imaging
import TestSupport
import Testing
import Torch
import VisionModels

/// SigLIP's vision encoder and its image processor against transformers (`golden/siglip`).
@Suite(.enabled(if: Golden.isAvailable("siglip"), Golden.absence))
struct SigLIPGoldenTests {
    let golden: Golden

    init() throws { golden = try Golden("siglip") }

    private func encoder(_ name: String, _ dtype: DType = .float32) throws -> SigLIPVisionEncoder {
        try SigLIPDirectory.encoder(golden.path(name), dtype: dtype).model
    }

    private func expectClose(_ actual: Tensor, _ expected: Tensor, _ name: String) throws {
        try expectEveryValueClose(actual, expected, absolute: 5e-5, relative: 1e-5, name)
    }

    struct Photo: Decodable {
        let size_wh: [Int]?
    }

    private func photos() throws -> [String] {
        try golden.decoded("images/expected.json", as: [String: Photo].self).filter { $0.value.size_wh != nil }.keys.sorted()
    }

    @Test func picturesArePreparedBitForBit() throws {
        let expected = try golden.tensors("preprocess.safetensors")
        let preprocessing = try SigLIPDirectory.preprocessing(golden.path("tower384"))
        let table = try expected["lut"].values(as: Float.self)
        let names = try photos()
        #expect(names.count > 5)
        for name in names {
            let picture = try PictureFile.read(golden.path("images/\(name)"))
            let resized = try expected["\(name).resized_u8"].values(as: UInt8.self)
            let pixels = try preprocessing(picture)
            #expect(pixels.shape == [1, 3, 384, 384])
            #expect(try pixels.values(as: Float.self) == resized.map { table[Int($0)] }, "\(name)")
        }
    }

    @Test func everyStateOfAPhotoMatches() throws {
        let expected = try golden.tensors("tower384_outputs.safetensors")
        let encoder = try encoder("tower384")
        let picture = try PictureFile.read(golden.path("images/portrait.jpg"))
        let pixels = try SigLIPDirectory.preprocessing(golden.path("tower384"))(picture)
        try check(encoder, pixels, expected, prefix: "photo.")
        try expectClose(encoder.hiddenStates(pixels, at: [0])[0], expected["photo.embeddings"], "embeddings")
    }

    @Test func everyStateOfABatchMatches() throws {
        let expected = try golden.tensors("towersmall_outputs.safetensors")
        let encoder = try encoder("towersmall"), pixels = try expected["pixel_values"]
        try check(encoder, pixels, expected, prefix: "")
        let states = try encoder.hiddenStates(pixels, at: Array(0...encoder.configuration.layerCount))
        for (index, state) in states.enumerated() where expected.keys.contains("hidden_states.\(index)") {
            try expectClose(state, expected["hidden_states.\(index)"], "\(index)")
        }
    }

    private func check(_ encoder: SigLIPVisionEncoder, _ pixels: Tensor, _ expected: GoldenTensors, prefix: String) throws {
        let output = try encoder(pixels)
        try expectClose(output.hidden, expected["\(prefix)last_hidden_state"], "last_hidden_state")
        try expectClose(output.pooled, expected["\(prefix)pooler_output"], "pooler_output")
        for key in expected.keys where key.hasPrefix("\(prefix)hidden_states[") {
            let index = try #require(Int(key.dropFirst("\(prefix)hidden_states[".count).dropLast()))
            let place = try #require(encoder.configuration.stateIndex(index))
            try expectClose(encoder.hiddenStates(pixels, at: [place])[0], expected[key], key)
        }
    }

    @Test func bfloat16IsRoundedAsInPyTorch() throws {
        let expected = try golden.tensors("towersmall_outputs.safetensors")
        let encoder = try encoder("towersmall", .bfloat16), pixels = try expected["pixel_values"].to(.bfloat16)
        let place = try #require(encoder.configuration.stateIndex(-2))
        let state = try encoder.hiddenStates(pixels, at: [place])[0]
        try expectDifference(state, expected["bf16.hidden_states[-2]"], largest: 1, mean: 0.1, "state")
        try expectDifference(encoder(pixels).hidden, expected["bf16.last_hidden_state"], largest: 0.15, mean: 0.02, "hidden")
    }

    @Test func otherSizesInterpolateThePositions() throws {
        let expected = try golden.tensors("towersmall_outputs.safetensors")
        let encoder = try encoder("towersmall"), patch = encoder.configuration.patchSize
        let sizes = expected.keys.filter { $0.hasPrefix("interp.") && $0.hasSuffix(".pixel_values") }.map { $0.dropLast(".pixel_values".count) }
        #expect(sizes.count > 4)
        for size in sizes {
            let pixels = try expected["\(size).pixel_values"], height = pixels.shape[2], width = pixels.shape[3]
            if expected.keys.contains("\(size).position") {
                let table = try encoder.positions.table(rows: height / patch, columns: width / patch, isSquare: height == width)
                try expectEveryValueClose(table, expected["\(size).position"], absolute: 1e-6, "\(size) position")
                try expectClose(encoder.hiddenStates(pixels, at: [0])[0], expected["\(size).embeddings"], "\(size) embeddings")
                try expectClose(encoder(pixels).pooled, expected["\(size).pooler_output"], "\(size) pooler")
            }
            try expectClose(encoder(pixels).hidden, expected["\(size).last_hidden_state"], "\(size) hidden")
        }
    }

    @Test func everyKeyOfTheRealCheckpointHasItsPlace() throws {
        let source = try ShapeSource(manifest: golden.path("manifest.json"), component: ["tensors"])
        let text = #"{"vision_config": {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "num_attention_heads": 16, "image_size": 384, "patch_size": 14}}"#
        let configuration = try JSONDecoder().decode(SigLIPConfiguration.self, from: Data(text.utf8))
        #expect(configuration.tokenCount == 729)
        let loaded = try ParameterScope.load(source, ignoring: SigLIPVisionEncoder.ignoredKeys) { try SigLIPVisionEncoder(configuration, at: $0) }
        #expect(Set(loaded.parameters.parameters.map(\.path)) == Set(source.keys))
    }
}
