import Foundation
import Imaging
import Testing

/// `generate` inside a memory limit and with weights in fewer bits.
@Suite struct MemoryLimitTests {
    private func draw(_ arguments: [String], in folder: Folder) throws -> CommandRun {
        let run = try CommandRun(arguments, in: folder)
        #expect(run.status == 0, "\(run.errors)")
        return run
    }

    private func recipe(_ path: String) throws -> [String: Any] {
        let recipe = try #require(try PictureFile.metadata(of: path)[PictureMetadata.recipeKey])
        return try #require(JSONSerialization.jsonObject(with: Data(recipe.utf8)) as? [String: Any])
    }

    private func events(_ run: CommandRun) throws -> [[String: Any]] {
        try run.output.split(separator: "\n").map { try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
    }

    /// The process says what it held at most, as the system counted it.
    @Test func thePictureIsDrawnInsideTheLimit() throws {
        let folder = try Folder(), limit = 0.75
        let limited = GenerateTests.quick + ["--device", "cpu", "--ref", CommandRun.reference, "--count", "2", "--json"]
        let all = try events(draw(limited + ["--memory-limit", "\(limit)", "-o", "limited.png"], in: folder))
        let plans = all.filter { $0["event"] as? String == "plan" }
        // Both pictures have one plan.
        #expect(plans.count == 1)
        let plan = try #require(plans.first?["plan"] as? [String: Any])
        #expect(plan["limit_gib"] as? Double == limit)
        let planned = try #require(plan["peak_gib"] as? Double)
        #expect(planned <= limit)
        let stages = try #require(plan["stages"] as? [[String: Any]])
        #expect(stages.map { $0["stage"] as? String } == ["encoding-text", "encoding-references", "denoising", "decoding"])
        for event in all where event["event"] as? String == "finished" {
            let peak = try #require(event["peak_gib"] as? Double)
            #expect(peak > 0.05 && peak <= planned, "\(peak) GiB were held, \(planned) planned")
        }
        // With room for all of them the numbers are those of a picture without a limit.
        _ = try draw(limited + ["-o", "free.png"], in: folder)
        #expect(try PictureFile.read(folder.path("limited-1.png")) == PictureFile.read(folder.path("free-1.png")))
    }

    @Test func thePlanIsToldBeforeTheWork() throws {
        let folder = try Folder()
        let run = try draw(GenerateTests.quick + ["--device", "cpu", "--memory-limit", "2", "-o", "toy.png"], in: folder)
        let lines = run.errors.split(separator: "\n")
        let plan = try #require(lines.firstIndex { $0.hasPrefix("Planned for 2.0 GiB, at most ") })
        let work = try #require(lines.firstIndex { $0.contains("Loading the model") })
        #expect(plan < work)
        #expect(run.errors.firstMatch(of: /Drawing +\d+\.\d+ GiB: .*transformer/) != nil)
        #expect(run.errors.firstMatch(of: /seed 0, .* s, at most \d+\.\d+ GiB/) != nil)
    }

    @Test(arguments: ["int8", "float8"]) func fewerBitsAreRepeatedFromTheRecipe(type: String) throws {
        let folder = try Folder()
        _ = try draw(GenerateTests.quick + ["--dtype", type, "-o", "first.png"], in: folder)
        #expect(try recipe(folder.path("first.png"))["weights"] as? String == type)
        #expect(try ["float32", "bfloat16"].contains(recipe(folder.path("first.png"))["dtype"] as? String))
        _ = try draw(["generate", "--from", "first.png", "-o", "second.png"], in: folder)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("first.png"))) == Data(contentsOf: URL(fileURLWithPath: folder.path("second.png"))))
        _ = try draw(GenerateTests.quick + ["-o", "plain.png"], in: folder)
        #expect(try PictureFile.read(folder.path("plain.png")) != PictureFile.read(folder.path("first.png")))
        #expect(try recipe(folder.path("plain.png"))["weights"] == nil)
        // An arithmetic given beside the picture means the file's own weights.
        _ = try draw(["generate", "--from", "first.png", "--dtype", "auto", "-o", "third.png"], in: folder)
        #expect(try PictureFile.read(folder.path("third.png")) == PictureFile.read(folder.path("plain.png")))
    }
}
