import Foundation
import TestSupport
import Testing

/// The golden sets of text encoders and tokenizers.
enum TextEncodersGolden {
    static let isAvailable = Golden.isAvailable("text-encoders") && Golden.isAvailable("tokenizers")

    static func path(_ file: String) throws -> String { try Golden("text-encoders").path(file) }
    static func expected() throws -> GoldenTensors { try Golden("text-encoders").tensors("expected.safetensors") }

    static func prompts() throws -> [String] {
        struct File: Decodable { let prompts: [String] }
        return try Golden("text-encoders").decoded("config.json", as: File.self).prompts
    }
}

/// A folder that is removed when its owner goes.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("text-encoders-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Links files of other folders, so that one folder holds an encoder and its tokenizer as real ones do.
    func link(_ source: String, as name: String) throws {
        try FileManager.default.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: source)
    }

    func write(_ text: String, as name: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
}
