import Datasets
import Foundation
import Generation
import Imaging
import Synthesis
import Testing
import World

@Suite struct SceneListTests {
    /// Scenes of the world as files, the way real pictures come.
    private func list(_ folder: TemporaryFolder, _ count: Int = 4, damage: (inout [[String: Any]]) -> Void = { _ in }) throws -> String {
        let scenes = try twoToys()
        var entries = try (0..<count).map { index in
            let scene = try scenes.scene(at: index)
            try PictureFile.write(scene.picture, to: folder.path("\(index).png"))
            let subjects = scene.subjects.map { ["name": $0.name, "box": [$0.box.left, $0.box.top, $0.box.width, $0.box.height]] as [String: Any] }
            return ["image_tgt_path": "\(index).png", "prompt": scene.prompt, "subjects": subjects, "detector": "by hand"] as [String: Any]
        }
        damage(&entries)
        return try folder.write(String(decoding: JSONSerialization.data(withJSONObject: entries), as: UTF8.self), to: "boxes.json")
    }

    /// Answers every request with the reference it was given.
    private struct EchoGenerator: ImageGenerator {
        func generate(_ request: GenerationRequest, dump: DumpFile?) -> AsyncThrowingStream<GenerationEvent, any Error> {
            AsyncThrowingStream { continuation in
                let image = request.references[0].image
                continuation.yield(.finished(GenerationResult(image: image, request: request, execution: ExecutionOptions(), seconds: 0)))
                continuation.finish()
            }
        }
    }

    private func synthesis(_ folder: TemporaryFolder, _ list: String, _ settings: SynthesisSettings = quickSettings()) throws -> PairSynthesis {
        try PairSynthesis(
            settings, scenes: SceneList(path: list), count: nil, folder: folder.path("pairs"), generator: EchoGenerator(), encoder: { ColourEncoder() })
    }

    @Test func boxesOfAListAreCutOut() async throws {
        let folder = try TemporaryFolder(), list = try list(folder)
        let summary = try await synthesis(folder, list).run(keeping: .share(1))
        #expect(summary.kept == 4)
        let source = try PairedFolder(path: folder.path("pairs/train.json")), world = try twoToys().world
        for index in 0..<4 {
            let example = try source.example(at: index), truth = world.example(at: index)
            #expect(example.target == truth.target && example.prompt == truth.caption)
            #expect(example.references == truth.masks.map { SubjectBox(around: $0)?.crop(of: truth.target, margin: 0.1) })
        }
    }

    @Test func picturesThatCannotBeUsedAreLeftOutAndNamed() async throws {
        let folder = try TemporaryFolder()
        let list = try list(folder) { entries in
            entries[0]["image_tgt_path"] = "missing.png"
            entries[2]["subjects"] = [["name": "a ghost", "box": [500, 0, 20, 20]]]
        }
        try Data("no picture".utf8).write(to: URL(fileURLWithPath: folder.path("1.png")))
        let summary = try await synthesis(folder, list).run(keeping: .share(1))
        #expect(summary.scenes == 1 && summary.skipped == 3 && summary.kept == 1)
        for (problem, text) in zip(summary.problems, ["missing.png", "1.png", "a ghost"]) { #expect(problem.contains(text), "\(problem)") }
        #expect(try folder.text("pairs/report.html").contains("3 left out"))
        // Repaired pictures are made up for.
        let world = try twoToys().world
        try PictureFile.write(world.example(at: 1).target, to: folder.path("1.png"))
        #expect(try await synthesis(folder, list).run(resumes: true, keeping: .share(1)).skipped == 2)
    }

    @Test func aListOfWhichNothingCanBeUsedIsAFailure() async throws {
        let folder = try TemporaryFolder(), list = try list(folder, 1) { $0[0]["image_tgt_path"] = "missing.png" }
        let error = await #expect(throws: SynthesisError.self) { _ = try await synthesis(folder, list).run() }
        #expect(error?.description.contains("missing.png") == true, "\(error?.description ?? "")")
    }

    /// As in the paper: a further subject was found in the target of a pair that has one reference.
    @Test func referencesThatAreThereStay() async throws {
        let folder = try TemporaryFolder(), list = try list(folder, 2) { entries in
            var subjects = entries[0]["subjects"] as? [[String: Any]] ?? []
            subjects[0] = ["name": "a toy", "image_path": "1.png"]
            entries[0]["subjects"] = subjects
        }
        _ = try await synthesis(folder, list).run(keeping: .share(1))
        let world = try twoToys().world
        for name in ["train.json", "crops.json"] {
            let references = try PairedFolder(path: folder.path("pairs/\(name)")).example(at: 0).references
            #expect(references.count == 2 && references[0] == world.example(at: 1).target)
            #expect(references[1] == SubjectBox(around: world.example(at: 0).masks[1])?.crop(of: world.example(at: 0).target, margin: 0.1))
        }
        let entries = try #require(JSONSerialization.jsonObject(with: Data(folder.text("pairs/train.json").utf8)) as? [[String: Any]])
        let scores = try #require(entries[0]["scores"] as? [Any])
        #expect(scores.count == 2 && scores[0] is NSNull && scores[1] is Double)
    }

    @Test func withoutABoxThePictureIsTheSubject() async throws {
        let folder = try TemporaryFolder()
        try PictureFile.write(try twoToys().scene(at: 0).picture, to: folder.path("cat.png"))
        let list = try folder.write(#"{"image_tgt_path": "cat.png", "subjects": [{"name": "a cat"}]}"#, to: "boxes.jsonl")
        let scene = try SceneList(path: list, needsPrompts: false).scene(at: 0)
        #expect(scene.subjects[0].box == SubjectBox(left: 0, top: 0, width: 64, height: 64) && !scene.otherScenes.isEmpty)
        #expect(throws: DatasetsError.self) { _ = try SceneList(path: list) }
    }

    static let malformed: [(String, [String])] = [
        (#"[{"prompt": "a", "subjects": [{"name": "b"}]}]"#, ["entry 0", "\"image_tgt_path\"", "missing"]),
        (#"[{"image_tgt_path": "a/", "prompt": "a", "subjects": [{"name": "b"}]}]"#, ["\"image_tgt_path\"", "no path"]),
        (#"[{"image_tgt_path": "a", "prompt": " ", "subjects": [{"name": "b"}]}]"#, ["\"prompt\"", "missing or empty"]),
        (#"[{"image_tgt_path": "a", "prompt": "a"}]"#, ["\"subjects\"", "missing"]),
        (#"[{"image_tgt_path": "a", "prompt": "a", "subjects": []}]"#, ["\"subjects\"", "empty"]),
        (#"[{"image_tgt_path": "a", "prompt": "a", "subjects": [{}]}]"#, ["\"subjects[0].name\""]),
        (#"[{"image_tgt_path": "a", "prompt": "a", "subjects": [{"name": "b", "box": [1, 2, 3]}]}]"#, ["\"subjects[0].box\"", "[left, top, width, height]"]),
        (#"[{"image_tgt_path": "a", "prompt": "a", "subjects": [{"name": "b", "box": [0, 0, -4, 4]}]}]"#, ["\"subjects[0].box\""]),
        (#"[{"image_tgt_path": "a", "prompt": "a", "subjects": [{"name": "b", "box": [0, 0, 1e300, 4]}]}]"#, ["\"subjects[0].box\""]),
        (#"[{"image_tgt_path": "a", "prompt": "a", "subjects": [{"name": "b", "box": "left"}]}]"#, ["\"subjects[0].box\"", "not a list"]),
        (#"[{"image_tgt_path": "a", "prompt": "a", "subjects": [{"name": "b", "box": [0, 0, "4", 4]}]}]"#, ["\"subjects[0].box[2]\"", "not a number"]),
        ("[]", ["empty"]), ("", ["empty"]), ("[{", ["JSON"]),
    ]

    @Test(arguments: malformed)
    func malformedListsAreExplained(_ text: String, _ words: [String]) throws {
        let folder = try TemporaryFolder(), list = try folder.write(text, to: "boxes.json")
        let error = #expect(throws: DatasetsError.self) { _ = try SceneList(path: list) }
        for word in ["boxes.json"] + words { #expect(error?.description.contains(word) == true, "\(error?.description ?? "")") }
    }

    @Test func theWorldHasBoxesForToysAlone() throws {
        let scenes = try twoToys(size: 128)
        for index in 0..<20 {
            let scene = try scenes.scene(at: index)
            #expect(scene.subjects.count == 2 && scene.otherScenes.count == Place.allCases.count - 1)
            for subject in scene.subjects { #expect(scene.prompt.contains(subject.name.dropFirst(2)) || scene.prompt.contains(subject.name.split(separator: " ")[1])) }
        }
        let error = #expect(throws: SynthesisError.self) { _ = try WorldScenes(WorldSettings(tasks: .only(.face))) }
        #expect(error?.description.contains("face") == true)
    }
}
