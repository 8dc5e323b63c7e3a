import Foundation
import Imaging
import Testing
import Tokenizers
import World

/// Every caption is made of whole pieces for the sentencepiece library itself.
struct VocabularyTests {
    private static let vocabulary = WorldVocabulary()
    private var vocabulary: WorldVocabulary { Self.vocabulary }

    private func tokenizer() throws -> (UnigramTokenizer, UnigramModelFile) {
        let file = UnigramModelFile(
            words: vocabulary.words.map { ($0.text, $0.count) }, marks: vocabulary.marks.map { ($0.text, $0.count) })
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("spiece.model").path
        try file.write(to: path)
        return (try UnigramTokenizer(modelPath: path, tableRows: file.vocabularySize), file)
    }

    @Test func captionsAreAtMostFifteenPiecesAndTheEnd() throws {
        let (tokenizer, file) = try tokenizer()
        #expect(tokenizer.vocabularySize == file.vocabularySize)
        #expect(tokenizer.paddingID == 0 && tokenizer.endID == 1)
        for tasks in [TaskWeights.toys, .only(.threeSubjects), .textOnly, .only(.face), .only(.garment)] {
            let world = try PictureWorld(WorldSettings(seed: 11, split: .heldOut, tasks: tasks))
            for index in 0..<500 {
                for caption in world.captions(at: index) {
                    let ids = try tokenizer.ids(caption, maxLength: 64)
                    #expect(ids.count <= 16 && !ids.contains(2), "\(caption): \(ids)")
                    #expect(ids.count == caption.split(separator: " ").count + caption.count { $0 == "," } + 1, "\(caption): a word was split")
                }
            }
        }
    }

    @Test func everyTaskSpeaksInKnownWords() throws {
        let known = Set(vocabulary.words.map(\.text))
        for task in WorldTask.allCases {
            let world = try PictureWorld(WorldSettings(seed: 2, tasks: .only(task)))
            for index in 0..<300 {
                let sentences = world.captions(at: index) + world.questions(at: index).flatMap { [$0.question, $0.answer] }
                let words = sentences.flatMap { $0.split { " ,.?".contains($0) } }.map(String.init)
                #expect(known.isSuperset(of: words), "\(Set(words).subtracting(known))")
            }
        }
    }

    @Test func capitalsAreSmallLetters() throws {
        let (tokenizer, _) = try tokenizer()
        #expect(try tokenizer.ids("A Star TOY", maxLength: 16) == tokenizer.ids("a star toy", maxLength: 16))
        #expect(try tokenizer.ids("  A photo  of a bunny toy, on the beach.", maxLength: 16).count == 12)
    }

    @Test func unknownWordsAreSpelt() throws {
        let (tokenizer, _) = try tokenizer()
        let ids = try tokenizer.ids("a zyx~ [dragon] #42", maxLength: 64)
        #expect(!ids.contains(2) && ids.count > 10)
        #expect(try tokenizer.ids("漢", maxLength: 8).contains(2), "beyond ASCII there is the unknown piece")
    }

    @Test func wordsAreOrderedByFrequency() {
        let words = vocabulary.words
        #expect(words.first?.text == "a" && words.count > 150 && words.count < 400)
        #expect(zip(words, words.dropFirst()).allSatisfy { $0.count >= $1.count })
        #expect(words.contains { $0.text == "top-hat" } == false && words.contains { $0.text == "striped" && $0.count > 50 })
        #expect(vocabulary == WorldVocabulary(), "the same each time")
    }
}
