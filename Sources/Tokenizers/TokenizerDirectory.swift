import Foundation

/// Finds out which tokenizer a directory holds.
public enum TokenizerDirectory {
    /// Loads the tokenizer whose files lie in `directory`.
    ///
    /// `vocab.json` and `merges.txt` make a `CLIPTokenizer`, `spiece.model` a `UnigramTokenizer`; a CLIP encoder may have
    /// been trained with either. Checkpoints keep the files beside the encoder or, in the diffusers layout, in directories
    /// of their own (`tokenizer`, `tokenizer_2`). A `config.json` beside `spiece.model` tells whether the encoder has rows
    /// for T5's extra ids.
    ///
    /// - Parameter added: texts that count as tokens of their own, with ids behind all others; only for `spiece.model`.
    /// - Throws: `TokenizerError.noTokenizer` naming what is missing, or the error of the file that is damaged.
    public static func load(_ directory: String, adding added: [String] = []) throws(TokenizerError) -> any TextTokenizer {
        let folder = URL(fileURLWithPath: location(for: directory), isDirectory: true)
        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
        func holds(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

        if holds("vocab.json"), holds("merges.txt") {
            return try CLIPTokenizer(vocabulary: path("vocab.json"), merges: path("merges.txt"))
        }
        if holds("spiece.model") {
            return try UnigramTokenizer(modelPath: path("spiece.model"), tableRows: tableRows(path("config.json")), adding: added)
        }
        throw .noTokenizer(directory: directory, missing: missing(holds))
    }

    /// Where the tokenizer of the encoder in `directory` lies: beside it, or in the directory that the diffusers layout has for it,
    /// `tokenizer_2` for `text_encoder_2`.
    public static func location(for directory: String) -> String {
        let folder = URL(fileURLWithPath: directory, isDirectory: true).standardizedFileURL
        let names = ["vocab.json", "merges.txt", "spiece.model"]
        guard folder.lastPathComponent.hasPrefix("text_encoder"),
            !names.contains(where: { FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path) })
        else { return directory }
        let other = folder.deletingLastPathComponent().appendingPathComponent(folder.lastPathComponent.replacing("text_encoder", with: "tokenizer"))
        return FileManager.default.fileExists(atPath: other.path) ? other.path : directory
    }

    /// Rows of the embedding table as the encoder's `config.json` gives them; nil where there is none or it does not say.
    private static func tableRows(_ path: String) -> Int? {
        struct Configuration: Decodable { let vocab_size: Int? }
        return FileManager.default.contents(atPath: path).flatMap { try? JSONDecoder().decode(Configuration.self, from: $0).vocab_size }
    }

    private static func missing(_ holds: (String) -> Bool) -> String {
        switch (holds("vocab.json"), holds("merges.txt"), holds("tokenizer.json")) {
        case (true, _, _): "merges.txt is missing beside vocab.json"
        case (_, true, _): "vocab.json is missing beside merges.txt"
        case (_, _, true): "tokenizer.json alone is not read, spiece.model (T5) or vocab.json and merges.txt (CLIP) are missing"
        default: "neither spiece.model (T5) nor vocab.json and merges.txt (CLIP) are there"
        }
    }
}
