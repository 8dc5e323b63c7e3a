import Foundation
import ModelHub
import TestSupport
import Testing

@Suite struct RuleTests {
    @Test(arguments: [
        ("*", "a/b", true), ("*.json", "t5/config.json", true), ("*.json", "config.jsonl", false), ("t5/*", "t5/a/b", true), ("a?c", "abc", true),
        ("a?c", "ac", false), ("a*b*c", "axxbxxbc", true), ("a*b*c", "axxbxx", false), ("", "", true), ("", "a", false), ("**", "", true),
        ("[a]", "a", false), ("é?", "éé", true),
    ]) func patternMatches(pattern: String, name: String, expected: Bool) {
        #expect(Glob(pattern: pattern).matches(name) == expected)
    }

    @Test func patternOfManyStarsIsQuick() {
        let seconds = processorSeconds {
            #expect(!Glob(pattern: String(repeating: "a*", count: 200) + "b").matches(String(repeating: "a", count: 2000)))
        }
        #expect(seconds < 50)
    }

    @Test(arguments: ["a", "a/b.json", "...", "a..b", ".gitattributes", "ü/文", "a b", "a%2fb"]) func ordinaryNameIsAllowed(name: String) {
        #expect(FileName.problem(name) == nil)
    }

    @Test func pausesDoubleUpToTheLongest() {
        let patience = Patience(firstPause: .seconds(1), longestPause: .seconds(10))
        #expect([1, 2, 3, 4, 5, 99].map { patience.pause(afterFailures: $0, requested: nil, jitter: 1) } == [1, 2, 4, 8, 10, 10].map { .seconds($0) })
        #expect(patience.pause(afterFailures: 3, requested: nil, jitter: 0) == .seconds(2))
        #expect(patience.pause(afterFailures: 1, requested: .seconds(120)) == .seconds(120))
        #expect(patience.pause(afterFailures: 1, requested: .seconds(9999)) == .seconds(300))
    }

    @Test func retryAfterIsSecondsOrADate() {
        #expect(RetryAfter.pause("17") == .seconds(17))
        #expect(RetryAfter.pause(" 0 ") == .zero)
        #expect(RetryAfter.pause("Wed, 21 Oct 2015 07:28:30 GMT", now: Date(timeIntervalSince1970: 1_445_412_480)) == .seconds(30))
        for text in [nil, "", "-1", "soon", "99999999999999999999"] { #expect(RetryAfter.pause(text) == nil) }
    }

    @Test func modelsAreNamedByOwnerAndRevision() throws {
        #expect(try HubModel.named("UNO") == .uno)
        #expect(try HubModel.named("uso") == .uso)
        #expect(try HubModel.named("a/b").parts == [.init(repository: "a/b", revision: "main")])
        #expect(try HubModel.named("a/b.c@refs/pr/1").parts == [.init(repository: "a/b.c", revision: "refs/pr/1")])
    }
}
