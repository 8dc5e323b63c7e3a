import ArgumentParser
import Datasets
import Foundation

/// What many pictures show: a text file with a prompt a line, or a list as UNO's program takes it.
struct PromptList: Sendable {
    /// What one of the pictures shows.
    struct Entry: Sendable {
        let prompt: String
        /// Paths; nil takes the references of the command line.
        var references: [String]?
        /// Nil takes the seed of the command line.
        var seed: UInt64?
    }

    let path: String
    /// At least one.
    let entries: [Entry]

    /// Reads `.json` and `.jsonl` files as lists of `prompt`, `image_paths` and `seed`, anything else as lines of text.
    ///
    /// Paths in a list start from its folder; its further keys are ignored. Source: UNO, inference.py, `--eval_json_path`.
    ///
    /// - Throws: `CommandFailure` or `DatasetsError` with the line or the entry.
    init(_ path: String) throws {
        self.path = path
        let isList = ["json", "jsonl"].contains((path as NSString).pathExtension.lowercased())
        entries = isList ? try Self.list(path) : try Self.lines(path)
        guard !entries.isEmpty else { throw CommandFailure("\(path) holds no prompt; expected one a line, or a JSON list. Check the path.") }
    }

    private static func lines(_ path: String) throws -> [Entry] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure("\(path) cannot be read; expected a file with a prompt a line, or a JSON list. Check the path given to --prompts.")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw CommandFailure("\(path) is no text in UTF-8; expected a file with a prompt a line, or a JSON list. Convert it (iconv -t UTF-8).")
        }
        return text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces.union(["\u{FEFF}"])) }
            .filter { !$0.isEmpty }.map { Entry(prompt: $0) }
    }

    private static func list(_ path: String) throws -> [Entry] {
        let list = try EntryList<ListedPrompt>(path: path)
        let folder = (path as NSString).deletingLastPathComponent
        return try list.entries.map { place, entry in
            guard let prompt = entry.prompt, !prompt.allSatisfy(\.isWhitespace) else { throw list.problem(place, "prompt", "it is missing or empty") }
            let references = try (entry.image_path.map { [$0] } ?? entry.image_paths)?.map { name in
                let reference = name.hasPrefix("/") || folder.isEmpty ? name : "\(folder)/\(name)"
                guard name.isFilePath, FileManager.default.fileExists(atPath: reference) else {
                    throw list.problem(place, "image_paths", "'\(name)' is not there; paths start from the list's folder")
                }
                return reference
            }
            return Entry(prompt: prompt, references: references, seed: entry.seed)
        }
    }
}

/// An entry as written.
private struct ListedPrompt: ListEntry {
    static let form = #"{"prompt", "image_paths", "seed"}"#

    let prompt: String?
    let image_path: String?
    let image_paths: [String]?
    let seed: UInt64?
}
