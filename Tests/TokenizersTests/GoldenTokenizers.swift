import Foundation
import TestSupport
import Tokenizers

/// The golden set `tokenizers` with the expected ids of `text-encoders`.
enum GoldenTokenizers {
    static let isAvailable = Golden.isAvailable("tokenizers") && Golden.isAvailable("text-encoders")
    static let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func t5() throws -> UnigramTokenizer { try UnigramTokenizer(modelPath: Golden("tokenizers").path("t5.spiece.model")) }

    static func clip() throws -> CLIPTokenizer {
        let set = try Golden("tokenizers")
        return try CLIPTokenizer(vocabulary: set.path("vocab.json"), merges: set.path("merges.txt"))
    }

    static func cases() throws -> [Case] {
        try Golden("text-encoders").decoded("tokenizer-cases.json", as: File.self).cases
    }

    /// One string and its ids; `t5_max64` is there where more than 64 tokens are cut.
    struct Case: Decodable {
        let id: Int
        let category: String
        let text: String
        let t5: [Int]
        let t5_max64: [Int]?
        let clip: [Int]
    }

    private struct File: Decodable {
        let cases: [Case]
    }
}
