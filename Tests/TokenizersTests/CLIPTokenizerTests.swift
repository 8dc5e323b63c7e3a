import Testing
import Tokenizers

/// CLIP's rules on a vocabulary of a few symbols, without golden data.
struct CLIPTokenizerTests {
    /// Ids: 0 and 1 the special tokens, then the symbols as listed.
    static let symbols = [
        "<|startoftext|>", "<|endoftext|>", "a", "b", "c", "a</w>", "b</w>", "c</w>", "ab", "ab</w>", "abc</w>", "1</w>", "'s</w>", "!</w>",
        "!", "!!</w>", "Ï", "ĥ", "Ĥ</w>", "ĥ</w>",
    ]
    static let merges = ["#version: test", "a b", "a b</w>", "ab c</w>", "' s</w>", "! !</w>", "a b"]

    private let folder: TemporaryFolder
    private let tokenizer: CLIPTokenizer

    init() throws {
        let entries = Self.symbols.enumerated().map { "\"\($1)\": \($0)" }
        folder = try TemporaryFolder(["vocab.json": "{\(entries.joined(separator: ", "))}", "merges.txt": Self.merges.joined(separator: "\n") + "\n"])
        tokenizer = try CLIPTokenizer(vocabulary: folder["vocab.json"], merges: folder["merges.txt"])
    }

    private func symbols(_ text: String, maxLength: Int = 77) throws -> [String] {
        let ids = try tokenizer.ids(text, maxLength: maxLength)
        #expect(ids.first == 0 && ids.last == 1)
        return ids.dropFirst().dropLast().map { Self.symbols[$0] }
    }

    @Test func mergesFollowTheirRanks() throws {
        #expect(try symbols("abc") == ["abc</w>"])
        #expect(try symbols("ab") == ["ab</w>"])
        #expect(try symbols("abab") == ["ab", "ab</w>"])
        #expect(try symbols("cab") == ["c", "ab</w>"])
    }

    @Test func textIsCleanedBeforeItIsSplit() throws {
        #expect(try symbols("  AB\u{200D}C\n") == ["abc</w>"], "case, joiners and outer space fall away")
        #expect(try symbols("a\u{2028}b") == ["a</w>", "b</w>"], "line separators separate")
        #expect(try symbols("a\u{378}b") == ["ab</w>"], "unassigned in Unicode 14")
        #expect(try symbols("a\u{1FAE8}b") == ["ab</w>"], "assigned after Unicode 14")
        #expect(try symbols("a\u{FFFD}\u{E000}\u{AD}b") == ["ab</w>"])
    }

    @Test func wordsAreSplitAsByThePattern() throws {
        #expect(try symbols("ab1") == ["ab</w>", "1</w>"])
        #expect(try symbols("11") == ["1</w>", "1</w>"], "digits stand alone")
        #expect(try symbols("a's") == ["a</w>", "'s</w>"])
        #expect(try symbols("a!!b") == ["a</w>", "!!</w>", "b</w>"])
    }

    @Test func specialTokensInTheTextAreTokens() throws {
        #expect(try tokenizer.ids("a<|endoftext|>b", maxLength: 77) == [0, 5, 1, 6, 1])
        #expect(try tokenizer.ids("<|StartOfText|>", maxLength: 77) == [0, 0, 1])
    }

    @Test func unknownSymbolsBecomeTheEndToken() throws {
        #expect(try tokenizer.ids("z", maxLength: 77) == [0, 1, 1])
    }

    @Test func sigmaAtTheEndOfAWordHasItsFinalForm() throws {
        // U+03C2 is CF 82, U+03C3 is CF 83 in UTF-8; the byte alphabet writes them Ï Ĥ and Ï ĥ.
        #expect(try symbols("aΣ") == ["a", "Ï", "Ĥ</w>"])
        #expect(try symbols("Σ") == ["Ï", "ĥ</w>"], "no letter before")
        #expect(try symbols("aΣ\u{301}a").prefix(3) == ["a", "Ï", "ĥ</w>"], "a letter after, the accent does not count")
    }

    @Test func truncationKeepsBothEnds() throws {
        #expect(try tokenizer.ids("a b c a b c", maxLength: 4) == [0, 5, 6, 1])
        #expect(try tokenizer.ids("abc", maxLength: 2) == [0, 1])
        #expect(try tokenizer.ids("", maxLength: 77) == [0, 1])
        #expect(throws: TokenizerError.lengthTooSmall(1, minimum: 2)) { try tokenizer.ids("a", maxLength: 1) }
    }

    @Test func paddingFillsWithTheEndToken() throws {
        #expect(try tokenizer.padded("abc", to: 6) == [0, 10, 1, 1, 1, 1])
    }
}
