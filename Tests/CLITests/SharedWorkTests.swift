import Foundation
import Imaging
import Testing

/// Commands under `mpirun` make the files that one process makes.
@Suite(.serialized, .enabled(if: CommandRun.hasOpenMPI, "Open MPI's mpirun is not installed"))
struct SharedWorkTests {
    @Test(arguments: ["json", "tar"]) func aDatasetIsThatOfOneProcess(_ format: String) throws {
        let folder = try Folder(), count = format == "tar" ? "1010" : "230"
        let words = ["world", "dataset", "--count", count, "--size", "16", "--threads", "1", "--format", format, "-o"]
        #expect(try CommandRun(words + ["one"], in: folder).status == 0)
        let two = try CommandRun(processes: 2, words + ["two"], in: folder)
        #expect(two.status == 0 && two.output == "two\n", "\(two.errors)")
        // The first process's own examples; the second says nothing.
        #expect(two.errors.contains(format == "tar" ? "1000 of 1000 examples" : "130 of 130 examples"), "\(two.errors)")
        #expect(try folder.files("one") == folder.files("two"))
    }

    static let pairs = ["synthesize", "--model", CommandRun.model, "--count", "3", "--tries", "2", "--steps", "2", "--threads", "1", "--keep", "70%", "-o"]

    @Test func synthesizedPairsAreThoseOfOneProcess() throws {
        let folder = try Folder(), one = try CommandRun(Self.pairs + ["one"], in: folder)
        #expect(one.status == 0 && one.output == "one/train.json\none/report.html\n", "\(one.errors)")
        #expect(one.errors.contains("2 of 3 pairs kept"), "\(one.errors)")
        let two = try CommandRun(processes: 2, Self.pairs + ["two"], in: folder)
        #expect(two.status == 0 && two.output == "two/train.json\ntwo/report.html\n", "\(two.errors)")
        #expect(try folder.files("one") == folder.files("two"))
    }

    @Test func aKilledSynthesisEndsAsIfItNeverWas() throws {
        let folder = try Folder()
        #expect(try CommandRun(Self.pairs + ["whole"], in: folder).status == 0)
        let arguments = Self.pairs + [folder.path("killed"), "--resume"]
        for _ in 0..<4 where try CommandRun(arguments, killedAfter: .random(in: 0.3...1.2)).status == 0 { break }
        #expect(try CommandRun(arguments).status == 0)
        // What was being written when the process died has a name of its own.
        #expect(try folder.files("whole") == folder.files("killed").filter { !"/\($0.key)".contains("/.") })
        let again = try CommandRun(Self.pairs + [folder.path("killed")])
        #expect(again.status == 1 && again.failure.contains("--resume"), "\(again.failure)")
    }

    @Test func sharedPicturesAreThoseOfOneProcess() throws {
        let folder = try Folder(), words = GenerateTests.quick + ["--count", "3", "--seed", "5", "--threads", "1", "-o"]
        #expect(try CommandRun(words + ["one.png"], in: folder).status == 0)
        let two = try CommandRun(processes: 2, words + ["two.png"], in: folder)
        #expect(two.status == 0, "\(two.errors)")
        #expect(Set(two.output.split(separator: "\n")) == ["two-0.png", "two-1.png", "two-2.png"])
        for number in 0..<3 {
            #expect(try Data(contentsOf: folder.url.appendingPathComponent("one-\(number).png")) == Data(contentsOf: folder.url.appendingPathComponent("two-\(number).png")))
        }
    }

    @Test func processesAgreeOnARandomSeed() throws {
        let folder = try Folder()
        let run = try CommandRun(processes: 2, GenerateTests.quick + ["--count", "2", "--seed", "-1", "--threads", "1"], in: folder)
        #expect(run.status == 0, "\(run.errors)")
        let seeds = try folder.names.compactMap { $0.firstMatch(of: /atelier-(\d+)\.png/).flatMap { UInt64($0.1) } }.sorted()
        #expect(seeds.count == 2 && seeds[1] == seeds[0] + 1, "\(seeds)")
    }

    @Test func scoresAreThoseOfOneProcess() throws {
        let folder = try Folder(), words = ["eval", "world", "--model", CommandRun.model, "--count", "4", "--steps", "2", "--threads", "1", "-o"]
        let one = try CommandRun(words + ["one"], in: folder), two = try CommandRun(processes: 2, words + ["two"], in: folder)
        #expect(one.status == 0 && two.status == 0, "\(two.errors)")
        #expect(one.output.replacing("one/", with: "two/") == two.output)
        #expect(try folder.files("one")["scores.json"] == folder.files("two")["scores.json"])
        let again = try CommandRun(processes: 2, words + ["two"], in: folder)
        #expect(again.status != 0 && again.errors.contains("already holds 4 results"), "\(again.errors)")
    }

    @Test func aFailingProcessEndsAll() throws {
        let folder = try Folder()
        try Data(#"[{"prompt": "a star toy"}, {"prompt": "a moon toy", "image_paths": ["broken.png"]}]"#.utf8).write(to: folder.url.appendingPathComponent("list.json"))
        try Data("no picture".utf8).write(to: folder.url.appendingPathComponent("broken.png"))
        let words = ["generate", "--model", CommandRun.model, "--steps", "1000", "--width", "256", "--height", "256", "--threads", "1", "--prompts", "list.json", "-o", "x.png"]
        let start = ContinuousClock.now, run = try CommandRun(processes: 2, words, in: folder)
        #expect(run.status != 0 && run.errors.contains("process 1 of 2 failed") && run.errors.contains("broken.png"), "\(run.errors)")
        #expect(ContinuousClock.now - start < .seconds(90))
    }
}

/// `atelier generate --prompts`.
@Suite struct PromptListTests {
    private let quick = ["generate", "--model", CommandRun.model, "--steps", "2", "--threads", "1"]

    private func write(_ text: String, _ name: String, _ folder: Folder) throws { try Data(text.utf8).write(to: folder.url.appendingPathComponent(name)) }

    @Test func linesArePictures() throws {
        let folder = try Folder()
        try write("\u{FEFF}a moon toy on the beach\r\n\n  a star toy in the snow \n", "list.txt", folder)
        let run = try CommandRun(quick + ["--prompts", "list.txt", "--count", "2", "--seed", "7", "-o", "out.png"], in: folder)
        #expect(run.status == 0 && run.output == "out-0.png\nout-1.png\nout-2.png\nout-3.png\n", "\(run.errors)")
        #expect(try CommandRun(quick + ["--prompt", "a star toy in the snow", "--seed", "8", "-o", "alone.png"], in: folder).status == 0)
        #expect(try PictureFile.read(folder.path("out-3.png")) == PictureFile.read(folder.path("alone.png")))
    }

    @Test func officialListsHaveTheirOwnReferences() throws {
        let folder = try Folder()
        try FileManager.default.createDirectory(atPath: folder.path("lists"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: CommandRun.reference, toPath: folder.path("lists/toy.png"))
        let entries = #"[{"prompt": "a star toy in space", "image_paths": ["./toy.png"], "image_tgt_path": "no.png", "seed": 3}, {"prompt": "a box toy"}]"#
        try write(entries, "lists/list.json", folder)
        let run = try CommandRun(quick + ["--prompts", "lists/list.json", "-o", "out.png"], in: folder)
        #expect(run.status == 0, "\(run.errors)")
        #expect(try CommandRun(quick + ["--prompt", "a star toy in space", "--ref", "lists/toy.png", "--seed", "3", "-o", "a.png"], in: folder).status == 0)
        #expect(try CommandRun(quick + ["--prompt", "a box toy", "-o", "b.png"], in: folder).status == 0)
        for (listed, alone) in [("out-0.png", "a.png"), ("out-1.png", "b.png")] {
            #expect(try PictureFile.read(folder.path(listed)) == PictureFile.read(folder.path(alone)))
        }
        #expect(try CommandRun(["generate", "--from", "out-0.png", "-o", "again.png"], in: folder).status == 0)
        #expect(try PictureFile.read(folder.path("again.png")) == PictureFile.read(folder.path("out-0.png")))
    }

    @Test(arguments: [
        ("list.txt", "\n \n", ["--prompts", "list.txt", "-o", "x.png"], 1, "no prompt"),
        ("list.txt", "a", ["--prompts", "list.txt"], 2, "-o"),
        ("list.txt", "a", ["--prompts", "list.txt", "--prompt", "b", "-o", "x.png"], 2, "--prompt and --prompts"),
        ("list.txt", "a\nb", ["--prompts", "list.txt", "--dump", "x.safetensors", "-o", "x.png"], 2, "--dump"),
        ("list.txt", "a", ["--prompts", "missing.txt", "-o", "x.png"], 1, "missing.txt"),
        ("list.json", #"[{"prompt": "a"}, {"image_paths": []}]"#, ["--prompts", "list.json", "-o", "x.png"], 1, "entry 1, \"prompt\""),
        ("list.json", #"[{"prompt": "a", "image_paths": ["no.png"]}]"#, ["--prompts", "list.json", "-o", "x.png"], 1, "'no.png' is not there"),
        ("list.json", #"[{"prompt": "a", "seed": -4}]"#, ["--prompts", "list.json", "-o", "x.png"], 1, "\"seed\""),
        ("list.jsonl", "{\"prompt\": \"a\"}\n{", ["--prompts", "list.jsonl", "-o", "x.png"], 1, "line 2"),
    ] as [(String, String, [String], Int32, String)])
    func wrongListsEndInOneLine(_ name: String, _ text: String, _ words: [String], _ status: Int32, _ word: String) throws {
        let folder = try Folder()
        try write(text, name, folder)
        let run = try CommandRun(quick + words, in: folder)
        #expect(run.status == status && run.failure.contains(word), "\(run.errors)")
        #expect(run.output.isEmpty)
        #expect(try folder.names == [name])
    }
}

/// `atelier synthesize` with wrong words.
@Suite struct SynthesizeUsageTests {
    @Test(arguments: [
        ([], 2, "--count"), (["--count", "0"], 2, "--count is 0"), (["--count", "2", "--keep", "most"], 2, "60%"),
        (["--count", "2", "--task", "face"], 2, "face"), (["--count", "2", "--tries", "0"], 2, "tries is 0"),
        (["--list", "missing.json"], 1, "missing.json"), (["--list", "missing.json", "--task", "one-subject"], 2, "--task"),
        (["--count", "2", "--template", "a toy"], 2, "{subject}"), (["--count", "2", "--crops", "--make", "targets"], 2, "make is targets"),
        (["--count", "2", "--reader", "nowhere"], 1, "nowhere"), (["--count", "2", "--model", "nowhere"], 1, "nowhere"),
    ] as [([String], Int32, String)])
    func isExplained(_ words: [String], _ status: Int32, _ text: String) throws {
        let folder = try Folder()
        let run = try CommandRun(["synthesize", "-o", "pairs"] + words, in: folder, environment: ["ATELIER_MODELS": CommandRun.package.path + "/Models"])
        #expect(run.status == status && run.failure.contains(text), "\(run.failure)")
        #expect(run.errors.split(separator: "\n").count == 1)
    }
}
