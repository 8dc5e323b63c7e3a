import Foundation
import Imaging
import Testing
import Torch
import VisionModels

/// Configuration files of SigLIP that people have, and such that cannot be right.
struct SigLIPConfigurationTests {
    private func configuration(_ json: String) throws -> SigLIPConfiguration {
        try JSONDecoder().decode(SigLIPConfiguration.self, from: Data(json.utf8))
    }

    private func preprocessing(_ json: String) throws -> SigLIPPreprocessing {
        try JSONDecoder().decode(SigLIPPreprocessing.self, from: Data(json.utf8))
    }

    @Test func flatAndNestedFilesAreOne() throws {
        let flat = try configuration(#"{"hidden_size": 48, "num_attention_heads": 4}"#)
        #expect(try configuration(#"{"vision_config": {"hidden_size": 48, "num_attention_heads": 4}, "text_config": {}}"#) == flat)
        #expect(flat.imageSize == 224 && flat.patchSize == 16 && flat.activation == .tanhGELU)
    }

    @Test func statesAreCountedAsPythonCounts() throws {
        let configuration = try configuration(#"{"num_hidden_layers": 27}"#)
        #expect(configuration.stateIndex(-1) == 27)
        #expect(configuration.stateIndex(-2) == 26)
        #expect(configuration.stateIndex(-28) == 0)
        #expect(configuration.stateIndex(-29) == nil)
        #expect(configuration.stateIndex(27) == 27)
        #expect(configuration.stateIndex(28) == nil)
    }

    @Test(arguments: [
        #"{"hidden_size": 0}"#, #"{"hidden_size": 10, "num_attention_heads": 4}"#, #"{"num_hidden_layers": 1000000}"#, #"{"patch_size": 500}"#,
        #"{"num_channels": 1}"#, #"{"hidden_act": "relu"}"#, #"{"image_size": -4}"#, #"{"vision_config": 3}"#,
    ])
    func impossibleConfigurationsAreRefused(_ json: String) {
        #expect(throws: DecodingError.self) { try configuration(json) }
    }

    @Test(arguments: [
        #"{"do_resize": false}"#, #"{"resample": 9}"#, #"{"size": {"height": 0, "width": 384}}"#, #"{"size": {"shortest_edge": 384}}"#,
        #"{"image_std": [0.5, 0.5, 0]}"#, #"{"image_mean": [0.5]}"#, #"{"size": {"height": 100000000, "width": 384}}"#,
    ])
    func impossibleProcessorsAreRefused(_ json: String) {
        #expect(throws: DecodingError.self) { try preprocessing(json) }
    }

    @Test func processorFollowsItsFile() throws {
        let processor = try preprocessing(
            #"{"size": {"height": 2, "width": 1}, "resample": 2, "image_mean": [0, 0.5, 1], "image_std": [1, 0.5, 2], "rescale_factor": 0.5}"#)
        #expect(processor.filter == .bilinear)
        let picture = PixelImage(width: 1, height: 2, layout: .rgb, pixels: [2, 4, 6, 8, 10, 12])
        #expect(try processor(picture).values(as: Float.self) == [1, 4, 3, 9, 1, 2.5])
    }

    @Test func missingFileIsNamed() {
        let error = #expect(throws: SigLIPError.self) { try SigLIPDirectory.configuration("/nowhere") }
        #expect(error.map { "\($0)".contains("/nowhere/config.json") } == true)
    }
}
