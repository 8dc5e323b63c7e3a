import Checkpoints
import DreamO
import Foundation
import TestSupport
import TextEncoders
import Testing
import Tokenizers
import Torch

/// DreamO's embeddings and tokens against the official ones (`golden/dreamo-lora`).
@Suite(.enabled(if: Golden.isAvailable("dreamo-lora") && Golden.isAvailable("diffusers-layout"), Golden.absence))
struct EmbeddingTests {
    private static let texts = (1...9).map { "[ref#\($0)]" } + ["[res]"]

    struct Tokens: Decodable {
        struct Example: Decodable {
            let prompt: String
            let ids: [Int]
        }
        let len_tokenizer: Int
        let ids: [String: Int]
        let examples: [Example]
    }

    private func tokenizer() throws -> any TextTokenizer {
        try TokenizerDirectory.load(Golden("diffusers-layout").path("FLUX.1-dev/tokenizer_2"), adding: Self.texts)
    }

    @Test func addedTokensCutTheTextAsInTheOfficialTokenizer() throws {
        let tokens = try Golden("dreamo-lora").decoded("tokens.json", as: Tokens.self), tokenizer = try tokenizer()
        #expect(tokenizer.vocabularySize == tokens.len_tokenizer)
        for (text, id) in tokens.ids { #expect(try tokenizer.ids(text, maxLength: 8) == [id, 1]) }
        for example in tokens.examples { #expect(try tokenizer.ids(example.prompt, maxLength: 64) == example.ids, "\(example.prompt)") }
    }

    /// Texts that the normalizer turns into an added token, and spaces around them, as tokenizers has it.
    @Test(arguments: [
        ("[ref#1][ref#2]", [32100, 32101]), ("[ref#1] [ref#2]", [32100, 3, 32101]), (" [res] ", [3, 32109]),
        ("\u{FF3B}ref\u{FF03}1\u{FF3D}", [32100]), ("[ref#1]\n", [32100]), ("", []), ("   ", []),
    ])
    func textsAreNormalizedBeforeTheyAreCut(text: String, ids: [Int]) throws {
        let found = try tokenizer().ids(text, maxLength: 16)
        #expect(found == ids + [1])
    }

    @Test func longTextsEndWithTheEndToken() throws {
        let ids = try tokenizer().ids(String(repeating: "[ref#3] dog ", count: 40), maxLength: 7)
        #expect(ids.count == 7 && ids.last == 1 && ids[0] == 32102)
    }

    @Test func theTableIsCutAndExtended() throws {
        let golden = try Golden("dreamo-lora"), expected = try golden.tensors("embeddings.safetensors")
        let added = AddedTokens(texts: Self.texts, file: golden.path("models/dreamo.safetensors"), key: "dreamo_t5_embedding.weight")
        let part = try TextConditioner.Part(directory: Golden("diffusers-layout").path("FLUX.1-dev/text_encoder_2"), length: 8, added: added)
        let encoder = try EncoderDirectory.t5(part.directory, dtype: .float32, added: part.added)
        let table = try #require(encoder.parameters["shared.weight"])
        #expect(table.shape[0] == 32110)
        try expectClose(table.narrowed(dim: 0, start: 32090, count: 20), expected["t5_table_tail_20"], .exact)
    }

    @Test func sumsAreRoundedAsTheyAreStored() throws {
        let golden = try Golden("dreamo-lora"), expected = try golden.tensors("embeddings.safetensors")
        let embeddings = try DreamOEmbeddings(file: golden.path("models/dreamo.safetensors"), hiddenSize: 32)
        let task = try expected["task_embedding"], index = try expected["idx_embedding"]
        try expectClose(embeddings.target().reshaped([32]), task.select(dim: 0, index: 1), .exact)
        for slot in 1...9 {
            let sum = try (task.select(dim: 0, index: 0).to(.float32) + index.select(dim: 0, index: slot).to(.float32)).to(.bfloat16)
            try expectClose(embeddings.reference(slot: slot).reshaped([32]), sum, .exact)
        }
    }

    @Test func embeddingsOfOtherWidthsAreRefused() throws {
        let golden = try Golden("dreamo-lora")
        #expect(throws: DreamOError.self) { try DreamOEmbeddings(file: golden.path("models/dreamo.safetensors"), hiddenSize: 3072) }
        #expect(throws: CheckpointError.self) { try DreamOEmbeddings(file: golden.path("models/dreamo_cfg_distill.safetensors"), hiddenSize: 32) }
        let added = AddedTokens(texts: Self.texts, file: golden.path("models/dreamo.safetensors"), key: "dreamo_idx_embedding.weight")
        let part = try TextConditioner.Part(directory: Golden("diffusers-layout").path("FLUX.1-dev/text_encoder_2"), length: 8, added: added)
        #expect(throws: TextEncoderError.self) { try EncoderDirectory.t5(part.directory, dtype: .float32, added: part.added) }
    }
}
