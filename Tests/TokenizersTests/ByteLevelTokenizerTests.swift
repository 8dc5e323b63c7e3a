import Foundation
import TestSupport
import Testing
import Tokenizers

/// Chameleon's tokenizer against the official one (`golden/chameleon-tokenizer`): every id and every character.
@Suite(.enabled(if: Golden.isAvailable("chameleon-tokenizer"), Golden.absence))
struct ByteLevelTokenizerTests {
    static let shared = Result { try ByteLevelTokenizer(path: Golden("chameleon-tokenizer").path("hf"), adding: ["<|image|>"]) }
    let golden: Golden
    let tokenizer: ByteLevelTokenizer

    init() throws {
        golden = try Golden("chameleon-tokenizer")
        tokenizer = try Self.shared.get()
    }

    struct Encoding: Decodable {
        let text: String
        let ids, wo_prefix_space_ids: [Int]
        let tokens: [String]
        let decoded: String
    }

    @Test func everyTextHasTheOfficialIDs() throws {
        for row in try golden.decoded("encode_cases.json", as: [Encoding].self) {
            let ids = tokenizer.ids(row.text)
            #expect(ids == row.ids, "\(row.text.debugDescription)")
            #expect(ids.map { tokenizer.token($0) } == row.tokens)
            #expect(tokenizer.text(row.ids).unicodeScalars.elementsEqual(row.decoded.unicodeScalars))
            // Official: ids of "@" + text without those of "@". There is no prefix space, so it is the same.
            #expect(ids == row.wo_prefix_space_ids)
        }
    }

    struct Decoding: Decodable {
        let ids: [Int]
        let text, text_skip_special: String
    }

    @Test func everySequenceHasTheOfficialText() throws {
        for row in try golden.decoded("decode_cases.json", as: [Decoding].self) {
            #expect(tokenizer.text(row.ids).unicodeScalars.elementsEqual(row.text.unicodeScalars), "\(row.ids)")
            #expect(tokenizer.text(row.ids, skippingSpecial: true).unicodeScalars.elementsEqual(row.text_skip_special.unicodeScalars))
        }
    }

    @Test func streamedPiecesAreWholeCharactersAndJoinToTheText() throws {
        let texts = ["naïve 🦊🇩🇪 日本語 e\u{301} \u{1F468}\u{200D}\u{1F469}", "\u{FFFD}\u{10FFFF}"]
        let sequences = try golden.decoded("decode_cases.json", as: [Decoding].self).map(\.ids) + texts.map(tokenizer.ids)
        for ids in sequences {
            var stream = TextStream(tokenizer)
            let pieces = ids.map { stream.append($0) } + [stream.finish()]
            #expect(pieces.joined().unicodeScalars.elementsEqual(tokenizer.text(ids).unicodeScalars), "\(ids)")
        }
        for text in texts {
            var stream = TextStream(tokenizer)
            for piece in tokenizer.ids(text).map({ stream.append($0) }) { #expect(piece == "" || !piece.contains("\u{FFFD}") || text.contains("\u{FFFD}")) }
        }
    }

    @Test func theMediaSymbolIsAddedBehindAllIDs() throws {
        #expect(tokenizer.id(of: "<|image|>") == 16896 && tokenizer.vocabularySize == 16897)
        let ids = tokenizer.ids("a<|image|>b")
        #expect(ids.contains(16896) && tokenizer.text(ids) == "a<|image|>b")
    }

    @Test func longTextsTakeTimeInProportion() throws {
        let text = String(repeating: "abcdefgh", count: 8000)
        let seconds = processorSeconds { #expect(tokenizer.text(tokenizer.ids(text)) == text) }
        #expect(seconds < 5)
    }

    @Test(arguments: [
        (#"{"model": {"vocab": {"a": 0}, "merges": ["a b"]}, "added_tokens": []}"#, "'b'"),
        (#"{"model": {"vocab": {"a": -1}, "merges": []}, "added_tokens": []}"#, "the id -1"),
        (#"{"model": {"vocab": {"a": 0}, "merges": ["a"]}, "added_tokens": []}"#, "expected the JSON"),
        (#"{"model": {"vocab": {}, "merges": [], "type": "Unigram"}, "added_tokens": []}"#, "its model is Unigram"),
        (#"{"model": {"vocab": {}, "merges": []}, "added_tokens": [], "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "("}}}"#, "cannot be read"),
        (#"{"model": {"vocab": {}, "merges": []}, "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"}}"#, "'Whitespace'"),
        ("[]", "expected the JSON"),
    ])
    func otherFilesAreRefused(_ text: String, _ reason: String) throws {
        let folder = try TemporaryFolder(["tokenizer.json": text])
        let error = #expect(throws: TokenizerError.self) { try ByteLevelTokenizer(path: folder.path) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
}
