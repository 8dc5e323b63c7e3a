import Foundation
import Testing
import Tokenizers

/// The golden set `tokenizers` with the expected ids of `text-encoders`, found beside the package or in `ATELIER_SHARED`.
enum GoldenTokenizers {
    static let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let folder: URL? = {
        let shared =
            ProcessInfo.processInfo.environment["ATELIER_SHARED"].map { URL(fileURLWithPath: $0) }
            ?? packageRoot.deletingLastPathComponent().appendingPathComponent("shared")
        let golden = shared.appendingPathComponent("golden")
        return FileManager.default.fileExists(atPath: golden.appendingPathComponent("tokenizers").path) ? golden : nil
    }()

    static var isPresent: Bool { folder != nil }
    static let absence = "golden set 'tokenizers' is absent: put it at ../shared/golden or name the folder in ATELIER_SHARED"

    static func path(_ name: String) throws -> String { try #require(folder).appendingPathComponent(name).path }

    static func t5() throws -> UnigramTokenizer { try UnigramTokenizer(modelPath: path("tokenizers/t5.spiece.model")) }

    static func clip() throws -> CLIPTokenizer {
        try CLIPTokenizer(vocabulary: path("tokenizers/vocab.json"), merges: path("tokenizers/merges.txt"))
    }

    static func cases() throws -> [Case] {
        let data = try Data(contentsOf: URL(fileURLWithPath: path("text-encoders/tokenizer-cases.json")))
        return try JSONDecoder().decode(File.self, from: data).cases
    }

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
