import Datasets
import Foundation
import Generation
import Imaging
import Synthesis
import Testing
import World

@Suite(.serialized) struct PairSynthesisTests {
    private func synthesis(
        _ folder: String, _ generator: RedrawingGenerator, _ settings: SynthesisSettings = quickSettings(), count: Int = 6
    ) throws -> PairSynthesis {
        try PairSynthesis(settings, scenes: twoToys(), count: count, folder: folder, generator: generator, encoder: { ColourEncoder() })
    }

    /// The files of an undisturbed run.
    private func whole(_ folder: TemporaryFolder) async throws -> [String: Data] {
        _ = try await synthesis(folder.path("whole"), RedrawingGenerator(twoToys())).run()
        return try folder.files("whole")
    }

    @Test func theListIsReadByTraining() async throws {
        let folder = try TemporaryFolder(), scenes = try twoToys()
        let summary = try await synthesis(folder.path("pairs"), RedrawingGenerator(scenes)).run(keeping: .share(1))
        #expect(summary.scenes == 6 && summary.pairs == 6 && summary.kept == 6 && summary.keptShare == 1)
        let source = try PairedFolder(path: folder.path("pairs/train.json"))
        #expect(source.count == 6)
        for index in 0..<6 {
            let example = try source.example(at: index), truth = scenes.world.example(at: index)
            #expect(example.prompt == truth.caption && example.target == truth.target)
            // Each reference shows its own toy alone, or another of its kind, and is not what was cut out.
            #expect(example.references.count == 2 && example.references.allSatisfy { $0.size == PixelSize(width: 64, height: 64) })
        }
        let crops = try PairedFolder(path: folder.path("pairs/crops.json")).example(at: 2).references, truth = scenes.world.example(at: 2)
        #expect(crops == truth.masks.map { SubjectBox(around: $0)?.crop(of: truth.target, margin: 0.1) })
        let entries = try #require(JSONSerialization.jsonObject(with: Data(folder.text("pairs/train.json").utf8)) as? [[String: Any]])
        #expect(entries.allSatisfy { ($0["scores"] as? [Double])?.count == 2 })
    }

    @Test func subjectsAreAskedForInOtherScenes() async throws {
        let folder = try TemporaryFolder(), scenes = try twoToys(), generator = RedrawingGenerator(scenes)
        _ = try await synthesis(folder.path("pairs"), generator, quickSettings(tries: 3)).run()
        #expect(generator.requests.count == 6 * 2 * 3)
        #expect(Set(generator.requests.map(\.seed)).count == 36)
        for (number, request) in generator.requests.enumerated() {
            let example = scenes.world.example(at: number / 6), toy = example.subjects[number / 3 % 2].identity.toy
            #expect(request.prompt.hasPrefix("a \(toy?.kind.rawValue ?? "?") toy "))
            #expect(!request.prompt.hasSuffix(example.place.phrases[0]))
        }
        // Tries of one subject differ in their scenes, too.
        #expect(Set(generator.requests[0..<3].map(\.prompt)).count == 3)
    }

    @Test func processesMakeTheFilesOfOne() async throws {
        let folder = try TemporaryFolder(), expected = try await whole(folder)
        let parts = try (0..<3).map { _ in try synthesis(folder.path("shared"), RedrawingGenerator(twoToys())) }
        try await parts[0].begin()
        for rank in [2, 0, 1] { try await parts[rank].draw(rank: rank, rankCount: 3) }
        _ = try await parts[0].finish(keeping: .share(0.5))
        #expect(try folder.files("shared") == expected)
    }

    @Test func anInterruptedRunEndsAsIfItNeverWas() async throws {
        let folder = try TemporaryFolder(), expected = try await whole(folder)
        for limit in [5, 9] {
            let generator = RedrawingGenerator(try twoToys(), limit: limit)
            await #expect(throws: RedrawingGenerator.Stopped.self) { _ = try await synthesis(folder.path("parted"), generator).run(resumes: true) }
        }
        let last = RedrawingGenerator(try twoToys())
        _ = try await synthesis(folder.path("parted"), last).run(resumes: true)
        // One scene was finished by the first run, two by the second.
        #expect(last.requests.count == 3 * 2 * 2)
        #expect(try folder.files("parted") == expected)
    }

    @Test func anotherRuleFiltersAnewWithoutDrawing() async throws {
        let folder = try TemporaryFolder(), first = RedrawingGenerator(try twoToys()), second = RedrawingGenerator(try twoToys())
        let half = try await synthesis(folder.path("pairs"), first).run()
        let threshold = try #require(half.threshold)
        let all = try await synthesis(folder.path("pairs"), second).run(resumes: true, keeping: .share(1))
        #expect(half.kept == 3 && all.kept == 6 && second.requests.isEmpty)
        let again = try await synthesis(folder.path("pairs"), second).run(resumes: true, keeping: .above(threshold))
        #expect(again == half)
        await #expect(throws: SynthesisError.self) { _ = try await synthesis(folder.path("pairs"), second).run(resumes: true, keeping: .above(1)) }
        #expect(!FileManager.default.fileExists(atPath: folder.path("pairs/train.json")))
    }

    @Test func cropsNeedNoModel() async throws {
        let folder = try TemporaryFolder(), generator = RedrawingGenerator(try twoToys(), limit: 0)
        var settings = quickSettings()
        settings.usesCrops = true
        let summary = try await synthesis(folder.path("crops"), generator, settings).run()
        #expect(generator.requests.isEmpty && summary.kept == 6 && summary.similarity == nil)
        _ = try await synthesis(folder.path("drawn"), RedrawingGenerator(try twoToys())).run(keeping: .share(1))
        let (crops, drawn) = (try PairedFolder(path: folder.path("crops/train.json")), try PairedFolder(path: folder.path("drawn/crops.json")))
        for index in 0..<6 { #expect(try crops.example(at: index).references == drawn.example(at: index).references) }
    }

    @Test func drawingsBecomeTargets() async throws {
        let folder = try TemporaryFolder(), generator = RedrawingGenerator(try twoToys())
        var settings = quickSettings()
        settings.product = .targets
        let summary = try await synthesis(folder.path("pairs"), generator, settings).run(keeping: .share(1))
        #expect(summary.scenes == 6 && summary.pairs == 12 && summary.kept == 12)
        let source = try PairedFolder(path: folder.path("pairs/train.json")), example = try source.example(at: 3)
        #expect(example.references.count == 1 && example.target.size == PixelSize(width: 64, height: 64))
        #expect(generator.requests.map(\.prompt).contains(example.prompt))
    }

    @Test func foreignFoldersAreRefused() async throws {
        let folder = try TemporaryFolder()
        _ = try await whole(folder)
        await #expect(throws: SynthesisError.hasPairs(folder: folder.path("whole"), count: 6)) {
            _ = try await synthesis(folder.path("whole"), RedrawingGenerator(twoToys())).run()
        }
        let error = await #expect(throws: SynthesisError.self) {
            _ = try await synthesis(folder.path("whole"), RedrawingGenerator(twoToys()), quickSettings(tries: 5)).run(resumes: true)
        }
        #expect(error?.description.contains("tryCount: 5 here, 2 there") == true, "\(error?.description ?? "")")
        await #expect(throws: SynthesisError.self) {
            let scenes = try WorldScenes(WorldSettings(pictureSize: 64, referenceSize: 64, seed: 4, tasks: .only(.twoSubjects)))
            let other = try PairSynthesis(
                quickSettings(), scenes: scenes, count: 6, folder: folder.path("whole"), generator: RedrawingGenerator(scenes), encoder: { ColourEncoder() })
            _ = try await other.run(resumes: true)
        }
    }

    @Test func theReportShowsNumbersAndPictures() async throws {
        let folder = try TemporaryFolder()
        let summary = try await synthesis(folder.path("pairs"), RedrawingGenerator(twoToys())).run()
        let page = try folder.text("pairs/report.html"), threshold = try #require(summary.threshold)
        #expect(page.contains("3 of 6, 50.0 %") && page.contains(String(format: "%.3f", threshold)))
        let sources = page.matches(of: /src="([^"]+)"/).map { String($0.1) }
        #expect(sources.count >= 6 * 5 && sources.allSatisfy { FileManager.default.fileExists(atPath: folder.path("pairs/\($0)")) })
        let stored = try JSONDecoder().decode(SynthesisSummary.self, from: Data(folder.text("pairs/summary.json").utf8))
        #expect(stored == summary)
    }

    @Test(arguments: ["tries", "margin", "template", "make"])
    func impossibleSettingsAreNamed(_ name: String) throws {
        var settings = quickSettings()
        switch name {
        case "tries": settings.tryCount = 0
        case "margin": settings.margin = .nan
        case "template": settings.template = "a toy"
        default: (settings.product, settings.usesCrops) = (.targets, true)
        }
        let error = #expect(throws: SynthesisError.self) { _ = try synthesis("never", RedrawingGenerator(twoToys()), settings) }
        #expect(error?.description.hasPrefix("\(name) is") == true, "\(error?.description ?? "")")
    }
}
