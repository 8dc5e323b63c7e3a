import Foundation
import TestSupport
import Testing
import TextEncoders
import Torch

@Suite(.enabled(if: TextEncodersGolden.isAvailable, Golden.absence))
struct TextConditionerTests {
    /// Folders as real checkpoints have them, with the tokenizer beside the encoder.
    private let t5, clip: TemporaryFolder

    init() throws {
        let tokenizers = try Golden("tokenizers")
        t5 = try TemporaryFolder()
        clip = try TemporaryFolder()
        for file in ["config.json", "model.safetensors"] {
            try t5.link(TextEncodersGolden.path("t5/\(file)"), as: file)
            try clip.link(TextEncodersGolden.path("clip/\(file)"), as: file)
        }
        try t5.link(tokenizers.path("t5.spiece.model"), as: "spiece.model")
        for file in ["vocab.json", "merges.txt"] { try clip.link(tokenizers.path(file), as: file) }
    }

    private func conditioner(clipLength: Int = 77) throws -> TextConditioner {
        try TextConditioner(
            t5Directory: t5.path, t5Length: 64, clipDirectory: clip.path, clipLength: clipLength, dtype: .float32, device: .cpu)
    }

    @Test func promptsBecomeTheReferenceEmbeddings() throws {
        let expected = try TextEncodersGolden.expected()
        let embeddings = try conditioner()(TextEncodersGolden.prompts())
        try expectClose(embeddings.t5IDs, expected["t5.ids_64"], .exact)
        try expectClose(embeddings.clipIDs, expected["clip.ids_77"], .exact)
        try expectClose(embeddings.txt, expected["t5.out_fp32"], .golden(2e-5))
        try expectClose(embeddings.vec, expected["clip.pooled_fp32"], .golden(2e-5))
    }

    /// The diffusers layout keeps tokenizers in directories of their own.
    @Test func tokenizersMayLieApart() throws {
        let apart = try TextConditioner(
            t5: .init(directory: TextEncodersGolden.path("t5"), tokenizerDirectory: t5.path, length: 64),
            clip: .init(directory: TextEncodersGolden.path("clip"), tokenizerDirectory: clip.path, length: 77), dtype: .float32, device: .cpu)
        #expect(try apart(["a cat"]).t5IDs.values(as: Int64.self) == conditioner()(["a cat"]).t5IDs.values(as: Int64.self))
    }

    @Test func lengthsBeyondTheEncoderAreRefused() throws {
        let error = #expect(throws: TextEncoderError.self) { try conditioner(clipLength: 78)(["a"]) }
        #expect(error.map { "\($0)".contains("at most 77") } == true)
    }

    @Test func idsBeyondTheTableAreRefused() throws {
        let text = try String(contentsOfFile: TextEncodersGolden.path("t5/config.json"), encoding: .utf8)
        #expect(text.contains("\"vocab_size\": 32128"))
        // A smaller table would not load, so the ids are made larger: CLIP's tokenizer with T5's encoder.
        let wrong = try TemporaryFolder()
        for file in ["config.json", "model.safetensors"] { try wrong.link(TextEncodersGolden.path("t5/\(file)"), as: file) }
        for file in ["vocab.json", "merges.txt"] { try wrong.link(Golden("tokenizers").path(file), as: file) }
        let conditioner = try TextConditioner(
            t5Directory: wrong.path, t5Length: 64, clipDirectory: clip.path, clipLength: 77, dtype: .float32, device: .cpu)
        let error = #expect(throws: TextEncoderError.self) { try conditioner(["a"]) }
        #expect(error == .tokenOutOfRange(directory: wrong.path, id: 49406, vocabularySize: 32128))
    }
}

/// What is said about a damaged `config.json`; needs no golden data.
struct EncoderDirectoryTests {
    @Test(arguments: [
        ("", "not valid JSON. Download"), ("{", "not valid JSON. Download"), ("[]", "wrong type"), ("{}", "'d_model' is missing"),
        (#"{"d_model": "wide"}"#, "wrong type"),
        (#"{"d_model": 8, "d_kv": 8, "d_ff": 8, "num_layers": 1, "num_heads": 0, "vocab_size": 8, "feed_forward_proj": "gated-gelu"}"#, "not a positive number"),
        (#"{"d_model": 8, "d_kv": 8, "d_ff": 8, "num_layers": 1, "num_heads": 1, "vocab_size": 8, "feed_forward_proj": "relu"}"#, "'gated-gelu'"),
    ])
    func damagedConfigurationIsAnError(text: String, reason: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(text, as: "config.json")
        let error = #expect(throws: TextEncoderError.self) { try EncoderDirectory.t5(folder.path, dtype: nil) }
        #expect(error.map { "\($0)".contains(reason) && "\($0)".contains(folder.path) } == true, "\(error.map(String.init(describing:)) ?? "")")
    }

    @Test func absentConfigurationIsAnError() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: TextEncoderError.self) { try EncoderDirectory.clip(folder.path, dtype: nil) }
        #expect(error.map { "\($0)".contains("config.json") } == true)
    }

    /// The small model's CLIP was trained with sentencepiece ids and pools at `</s>`.
    @Test func miniModelEmbedsItsPrompts() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        func path(_ name: String) -> String { root.appendingPathComponent("Models/mini/\(name)").path }
        let conditioner = try TextConditioner(
            t5Directory: path("t5"), t5Length: 16, clipDirectory: path("clip"), clipLength: 16, dtype: .float32, device: .cpu)
        let embeddings = try conditioner(["a star toy on the beach", ""])
        #expect(embeddings.txt.shape == [2, 16, 128] && embeddings.vec.shape == [2, 128])
        #expect(try embeddings.clipIDs.values(as: Int64.self) == embeddings.t5IDs.values(as: Int64.self))
        #expect(try embeddings.txt.isFinite().allTrue())
    }
}
