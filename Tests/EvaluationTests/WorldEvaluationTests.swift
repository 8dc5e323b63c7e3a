import Evaluation
import Foundation
import Testing
import World

@Suite(.serialized) struct WorldEvaluationTests {
    private var settings: EvaluationSettings {
        var settings = EvaluationSettings()
        settings.count = 6
        return settings
    }

    private func evaluation(_ settings: EvaluationSettings, _ generator: RenderingGenerator) -> WorldEvaluation {
        WorldEvaluation(settings, generator: generator, model: nil, readerFolder: shippedReader)
    }

    @Test func finishedExamplesAreNotDrawnAgain() async throws {
        let folder = TemporaryFolder()
        let first = try RenderingGenerator(settings)
        _ = try await evaluation(settings, first).run(into: folder.path("run"))
        #expect(first.indices == [0, 1, 2, 3, 4, 5])
        // The process died while it wrote its last line.
        let file = folder.path("run/examples.0.jsonl")
        let handle = try #require(FileHandle(forWritingAtPath: file))
        try handle.truncate(atOffset: handle.seekToEnd() - 40)
        try handle.close()
        var longer = settings
        longer.count = 8
        let second = try RenderingGenerator(longer)
        let resumed = try await evaluation(longer, second).run(into: folder.path("run"), resumes: true)
        #expect(second.indices == [5, 6, 7])
        let whole = try await evaluation(longer, try RenderingGenerator(longer)).run(into: folder.path("whole"))
        #expect(resumed.scores == whole.scores)
    }

    @Test func processesShareTheExamples() async throws {
        let folder = TemporaryFolder()
        for rank in 0..<2 {
            let generator = try RenderingGenerator(settings)
            let result = try await evaluation(settings, generator).run(into: folder.path("run"), resumes: rank > 0, rank: rank, rankCount: 2)
            #expect(generator.indices == [rank, rank + 2, rank + 4])
            #expect(result.scores.count == 3 * (rank + 1))
        }
        let whole = try await evaluation(settings, try RenderingGenerator(settings)).run(into: folder.path("whole"))
        #expect(try EvaluationResults(folder: folder.path("run")).records == EvaluationResults(folder: folder.path("whole")).records)
        #expect(whole.scores.count == 6)
    }

    @Test func foreignFoldersAreRefused() async throws {
        let folder = TemporaryFolder()
        let generator = try RenderingGenerator(settings)
        _ = try await evaluation(settings, generator).run(into: folder.path("run"))
        await #expect(throws: EvaluationError.hasResults(folder: folder.path("run"), count: 6)) {
            _ = try await evaluation(settings, generator).run(into: folder.path("run"))
        }
        var other = settings
        other.stepCount = 9
        let otherSettings = other
        let error = await #expect(throws: EvaluationError.self) {
            _ = try await evaluation(otherSettings, generator).run(into: folder.path("run"), resumes: true)
        }
        #expect(error?.description.contains("9 here") == true, "\(error?.description ?? "")")
        #expect(throws: EvaluationError.self) { _ = try EvaluationResults(folder: folder.path("nowhere")) }
        await #expect(throws: EvaluationError.self) { _ = try await evaluation(settings, generator).run(into: folder.path("x"), rank: 2, rankCount: 2) }
    }

    @Test func otherQuestionsAreNotCompared() async throws {
        let folder = TemporaryFolder()
        _ = try await evaluated(1, count: 2, into: folder.path("one"))
        let one = try EvaluationResults(folder: folder.path("one"))
        let error = await #expect(throws: EvaluationError.self) { _ = try await evaluated(2, count: 2, into: folder.path("two"), against: one) }
        #expect(error?.description.contains("references: 2 here, 1 there") == true, "\(error?.description ?? "")")
    }

    @Test func reportsSayTheScores() async throws {
        let folder = TemporaryFolder()
        let scores = try await evaluated(1, count: 5, into: folder.path("run")).scores
        let row = try #require(scores["identity_margin"])
        let number = String(format: "%.3f", row.made.value)
        let (markdown, page) = (try folder.text("run/report.md"), try folder.text("run/report.html"))
        #expect(markdown.contains("| \(row.title) | \(number) ("), "\(markdown)")
        #expect(page.contains(number) && page.contains("5 of 5 held-out examples with 1 reference"))
        // Reference, made and true picture of each example; none from elsewhere.
        #expect(page.components(separatedBy: "data:image/png;base64,").count - 1 == 15)
        #expect(!page.contains("src=\"\""))
        let file = try #require(try JSONSerialization.jsonObject(with: Data(folder.text("run/scores.json").utf8)) as? [String: Any])
        #expect(((file["scores"] as? [String: Any])?["rows"] as? [Any])?.count == scores.rows.count)
    }

    /// With references, nothing but the picture tells which toy is meant.
    @Test func captionsNameKindsAndPlacesAlone() throws {
        var settings = EvaluationSettings()
        settings.references = 2
        let world = try settings.world()
        for index in 0..<50 {
            let words = world.captions(at: index)[0].split(separator: " ").map(String.init)
            for toy in world.scene(at: index).subjects.compactMap(\.identity.toy) {
                #expect(words.contains(toy.kind.rawValue))
                #expect(!words.contains(toy.main.name.rawValue) && !words.contains("with"))
            }
        }
    }
}
