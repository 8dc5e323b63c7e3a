import Evaluation
import Testing

/// Pictures whose faults are known get the scores they deserve.
@Suite(.serialized) struct ScoresTests {
    @Test(arguments: [0, 1, 2]) func truePicturesScoreHigh(references: Int) async throws {
        let folder = TemporaryFolder()
        let scores = try await evaluated(references, count: 20, into: folder.path("run")).scores
        for (name, least) in [("place", 0.97), ("subject_count", 0.92), ("kind", 0.85), ("identity_top1", 0.85), ("palette_top1", 0.93), ("binding", 0.95), ("binding_palette", 0.95)] {
            guard let row = scores[name] else {
                #expect(references == 0 || name.hasPrefix("binding"), "\(name) is missing")
                continue
            }
            #expect(row.made.value >= least, "\(name): \(row.made)")
            #expect(row.made == row.truth && row.ofCeiling?.value == 1)
        }
        #expect(scores.count == 20)
    }

    @Test func strangersOfTheSameKindScoreAtChance() async throws {
        let folder = TemporaryFolder()
        let truth = try await evaluated(1, count: 20, into: folder.path("truth")).scores
        let result = try await evaluated(1, count: 20, .strangers, into: folder.path("strangers"), against: EvaluationResults(folder: folder.path("truth")))
        for name in ["identity_top1", "palette_top1"] {
            let row = try #require(result.scores[name])
            #expect(row.made.value < 0.3 && row.made.low < 0.125, "\(name): \(row.made)")
            let difference = try #require(result.comparison?.rows.first { $0.name == name })
            #expect(difference.verdict == .worse && abs(difference.there - (truth[name]?.made.value ?? 0)) < 1e-9)
        }
        // What the caption says is as right as in the truth.
        #expect(result.scores["place"]?.made.value ?? 0 > 0.97)
        #expect(result.scores["kind"]?.made.value ?? 0 > 0.8)
        #expect(abs(result.scores["identity_margin"]?.made.value ?? 1) < 0.1)
    }

    @Test func exchangedToysAreBoundWrongly() async throws {
        let folder = TemporaryFolder()
        let scores = try await evaluated(2, count: 12, .exchanged, into: folder.path("run")).scores
        #expect(scores["binding"]?.made.value ?? 1 < 0.1)
        #expect(scores["binding_palette"]?.made.value ?? 1 < 0.1)
        #expect(scores["subject_count"]?.made.value ?? 0 > 0.9)
    }

    @Test func aDoubledToyLeaks() async throws {
        let folder = TemporaryFolder()
        let scores = try await evaluated(2, count: 12, .doubled, into: folder.path("run")).scores
        for name in ["leakage", "leakage_palette"] {
            let row = try #require(scores[name])
            #expect(row.made.low > row.truth.high, "\(name): \(row.made), truth \(row.truth)")
        }
    }

    @Test func aMissingToyIsCounted() async throws {
        let folder = TemporaryFolder()
        let scores = try await evaluated(2, count: 12, .missing, into: folder.path("run")).scores
        #expect(scores["subject_count"]?.made.value ?? 1 < 0.1)
    }
}
