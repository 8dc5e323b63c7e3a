import TestSupport
import Testing
import Tokenizers

/// All strings of the golden set, ids exact.
@Suite(.enabled(if: GoldenTokenizers.isAvailable, Golden.absence))
struct GoldenCasesTests {
    @Test func t5GivesTheOfficialIDs() throws {
        let tokenizer = try GoldenTokenizers.t5()
        for item in try GoldenTokenizers.cases() {
            #expect(try tokenizer.ids(item.text, maxLength: 512) == item.t5, "\(item.category) \(item.id): \(item.text.debugDescription)")
        }
    }

    @Test func t5TruncatesToTheOfficialIDs() throws {
        let tokenizer = try GoldenTokenizers.t5()
        let longer = try GoldenTokenizers.cases().filter { $0.t5_max64 != nil }
        #expect(!longer.isEmpty)
        for item in longer {
            #expect(try tokenizer.ids(item.text, maxLength: 64) == item.t5_max64, "\(item.category) \(item.id)")
        }
    }

    @Test func clipGivesTheOfficialIDs() throws {
        let tokenizer = try GoldenTokenizers.clip()
        for item in try GoldenTokenizers.cases() {
            #expect(try tokenizer.ids(item.text, maxLength: 77) == item.clip, "\(item.category) \(item.id): \(item.text.debugDescription)")
        }
    }

    @Test func sizesAreThoseOfTheOfficialVocabularies() throws {
        let t5 = try GoldenTokenizers.t5(), clip = try GoldenTokenizers.clip()
        #expect((t5.vocabularySize, t5.paddingID, t5.endID) == (32100, 0, 1))
        #expect((clip.vocabularySize, clip.paddingID, clip.startID, clip.endID) == (49408, 49407, 49406, 49407))
    }

    /// Prompts come from strangers: neither long words, nor long texts, nor piles of accents may cost more than linear time.
    @Test(arguments: [
        ("a", 100_000), ("ab1! ", 20_000), ("Σ'", 50_000), ("\u{301}\u{323}", 50_000), ("猫", 33_000), ("<", 100_000),
        ("\u{FDFA}", 33_000), (" ", 100_000),
    ])
    func hundredKilobytesTakeLinearTime(pattern: String, count: Int) throws {
        let text = String(repeating: pattern, count: count)
        let t5 = try GoldenTokenizers.t5(), clip = try GoldenTokenizers.clip()
        // Quadratic time would be minutes; the processor's time does not count what else the machine does.
        let t5Time = try processorSeconds { _ = try t5.ids(text, maxLength: 512) }
        let clipTime = try processorSeconds { _ = try clip.ids(text, maxLength: 77) }
        #expect(t5Time < 5, "t5 \(pattern.debugDescription)")
        #expect(clipTime < 5, "clip \(pattern.debugDescription)")
    }

    @Test func manyThreadsShareOneTokenizer() async throws {
        let t5 = try GoldenTokenizers.t5(), clip = try GoldenTokenizers.clip()
        let cases = try GoldenTokenizers.cases()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for item in cases {
                group.addTask { try t5.ids(item.text, maxLength: 512) == item.t5 && clip.ids(item.text, maxLength: 77) == item.clip }
            }
            for try await isEqual in group { #expect(isEqual) }
        }
    }
}
