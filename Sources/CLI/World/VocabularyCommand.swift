import ArgumentParser
import Foundation
import Tokenizers
import World

/// `atelier world vocabulary`: the tokenizer that knows the world's words.
struct VocabularyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vocabulary",
        abstract: "Write the tokenizer that knows the world's words.",
        discussion: """
            Writes spiece.model, a sentencepiece model with T5's special ids in which
            every word of the world's captions and questions is one piece (other words
            are spelt), and words.txt with the words and their frequencies. Keep the files
            with the model that is trained with them.
            """)

    @Option(name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("Directory for the files.", valueName: "dir"))
    var output: String

    func run() throws {
        let vocabulary = WorldVocabulary()
        let file = UnigramModelFile(vocabulary)
        let folder = URL(fileURLWithPath: output)
        do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
            throw WorldError.unwritable(path: output, reason: error.localizedDescription)
        }
        try file.write(to: folder.appendingPathComponent("spiece.model").path)
        let lines = (vocabulary.words + vocabulary.marks).map { "\($0.text)\t\($0.count)\n" }.joined()
        let words = folder.appendingPathComponent("words.txt")
        do { try Data(lines.utf8).write(to: words, options: .atomic) } catch {
            throw WorldError.unwritable(path: words.path, reason: error.localizedDescription)
        }
        Console.remark("\(file.vocabularySize) pieces, \(vocabulary.words.count) of them words")
        Console.print(output)
    }
}

extension UnigramModelFile {
    /// The tokenizer of the world's words.
    init(_ vocabulary: WorldVocabulary) {
        self.init(
            words: vocabulary.words.map { ($0.text, $0.count) }, marks: vocabulary.marks.map { ($0.text, $0.count) })
    }
}
