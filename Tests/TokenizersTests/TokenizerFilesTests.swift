import Foundation
import Testing
import Tokenizers

/// Which tokenizer a directory gives, and what is said about damaged files.
struct TokenizerFilesTests {
    private static let vocabulary = #"{"<|startoftext|>": 0, "<|endoftext|>": 1}"#
    private static let merges = "#version: test\na b\n"

    @Test func directoryIsJudgedByItsFiles() throws {
        let folder = try TemporaryFolder(["vocab.json": Self.vocabulary, "merges.txt": Self.merges])
        #expect(try TokenizerDirectory.load(folder.path) is CLIPTokenizer)
        for name in ["t5", "clip"] {
            let mini = GoldenTokenizers.packageRoot.appendingPathComponent("Models/mini/\(name)").path
            let tokenizer = try TokenizerDirectory.load(mini)
            #expect(tokenizer is UnigramTokenizer && tokenizer.paddingID == 0)
            #expect(tokenizer.vocabularySize == 84, "config.json has no rows for extra ids")
        }
    }

    @Test(arguments: [
        (["vocab.json": vocabulary], "merges.txt is missing"), (["merges.txt": merges], "vocab.json is missing"),
        (["tokenizer.json": "{}"], "tokenizer.json alone is not read"), ([:], "neither spiece.model"),
    ])
    func incompleteDirectoryNamesWhatIsMissing(files: [String: String], text: String) throws {
        let folder = try TemporaryFolder(files)
        let error = #expect(throws: TokenizerError.self) { try TokenizerDirectory.load(folder.path) }
        #expect(error.map { "\($0)".contains(text) && "\($0)".contains(folder.path) } == true)
    }

    @Test(arguments: [
        ("", "expected a JSON object"), ("[1]", "expected a JSON object"), (#"{"a": 1.5}"#, "expected a JSON object"),
        (#"{"a": -1}"#, "is -1"), (#"{"<|startoftext|>": 0}"#, "no entry '<|endoftext|>'"), (#"{"<|endoftext|>": 0}"#, "no entry '<|startoftext|>'"),
    ])
    func damagedVocabularyIsAnError(text: String, reason: String) throws {
        let folder = try TemporaryFolder(["vocab.json": text, "merges.txt": Self.merges])
        expectError(naming: folder["vocab.json"], reason) { try TokenizerDirectory.load(folder.path) }
    }

    @Test(arguments: [("", "no merges"), ("#version", "no merges"), ("#version\na b\na b c\n", "line 3 has 3 symbols"), ("#v\n\na b\n", "line 2 has 0")])
    func damagedMergesAreAnError(text: String, reason: String) throws {
        let folder = try TemporaryFolder(["vocab.json": Self.vocabulary, "merges.txt": text])
        expectError(naming: folder["merges.txt"], reason) { try TokenizerDirectory.load(folder.path) }
    }

    @Test func damagedSentencePieceModelIsAnError() throws {
        let model = try Data(contentsOf: URL(fileURLWithPath: UnigramTokenizerTests.modelPath))
        let damaged = [Data(), Data("hello, this is no model".utf8), Data(model.prefix(model.count / 2)), Data(repeating: 0xFF, count: 4096)]
        for bytes in damaged {
            let folder = try TemporaryFolder()
            try bytes.write(to: URL(fileURLWithPath: folder["spiece.model"]))
            expectError(naming: folder["spiece.model"], "damaged") { try TokenizerDirectory.load(folder.path) }
        }
    }

    @Test func absentAndUnreadableFilesAreErrors() throws {
        let folder = try TemporaryFolder(["vocab.json": Self.vocabulary])
        expectError(naming: folder["none.model"], "no such file") { try UnigramTokenizer(modelPath: folder["none.model"]) }
        expectError(naming: folder.path, "not a regular file") { try UnigramTokenizer(modelPath: folder.path) }
        expectError(naming: "/dev/zero", "not a regular file") { try UnigramTokenizer(modelPath: "/dev/zero") }
    }

    private func expectError(naming file: String, _ reason: String, _ body: () throws -> Any, sourceLocation: SourceLocation = #_sourceLocation) {
        let error = #expect(throws: TokenizerError.self, sourceLocation: sourceLocation) { _ = try body() }
        let text = error.map(String.init(describing:)) ?? ""
        #expect(text.contains(file) && text.contains(reason), "\(text)", sourceLocation: sourceLocation)
    }
}
