import Foundation
import Testing
import Tokenizers

/// T5's rules on the sentencepiece model of the repository, 84 pieces: 0 `<pad>`, 1 `</s>`, 2 `<unk>`.
struct UnigramTokenizerTests {
    static let modelPath = GoldenTokenizers.packageRoot.appendingPathComponent("Models/mini/t5/spiece.model").path
    private let tokenizer: UnigramTokenizer

    init() throws { tokenizer = try UnigramTokenizer(modelPath: Self.modelPath) }

    @Test func idsEndWithOneEndToken() throws {
        #expect(try tokenizer.ids("", maxLength: 16) == [1])
        #expect(try tokenizer.ids("</s>", maxLength: 16) == [1])
        let ids = try tokenizer.ids("a star toy", maxLength: 16)
        #expect(ids.last == 1 && !ids.contains(2))
        #expect(try tokenizer.ids("a star toy</s>", maxLength: 16) == ids)
    }

    @Test func truncationLeavesRoomForTheEndToken() throws {
        let all = try tokenizer.ids("a star toy and a moon toy on the beach", maxLength: 100)
        let cut = try tokenizer.ids("a star toy and a moon toy on the beach", maxLength: 4)
        #expect(cut == all.prefix(3) + [1])
        #expect(try tokenizer.ids("a star toy", maxLength: 1) == [1])
        #expect(throws: TokenizerError.lengthTooSmall(0, minimum: 1)) { try tokenizer.ids("a", maxLength: 0) }
    }

    @Test func literalTokensAreTokens() throws {
        #expect(try tokenizer.ids("<pad><unk>", maxLength: 16) == [0, 2, 1])
        #expect(try tokenizer.ids("<extra_id_0>", maxLength: 16) == [183, 1])
        let parts = try tokenizer.ids("a", maxLength: 16).dropLast()
        #expect(try tokenizer.ids("a \u{85}<extra_id_99> \u{1C} a", maxLength: 16) == parts + [84] + parts + [1], "whitespace beside extra ids")
    }

    @Test func extraIDsAreTextWhereTheTableHasNoRows() throws {
        let small = try UnigramTokenizer(modelPath: Self.modelPath, tableRows: 84)
        #expect(small.vocabularySize == 84)
        #expect(try small.ids("<extra_id_0>", maxLength: 100).allSatisfy { $0 < 84 })
    }

    @Test func zeroCharactersDoNotEndTheText() throws {
        let ids = try tokenizer.ids("a\u{0}a", maxLength: 16)
        #expect(ids.count > (try tokenizer.ids("a", maxLength: 16).count) + 1)
    }

    @Test func paddingFillsToTheLength() throws {
        let row = try tokenizer.padded("a star toy", to: 16)
        #expect(row.count == 16 && row.suffix(4) == [0, 0, 0, 0])
    }
}
