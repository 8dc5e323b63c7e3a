import Foundation
import Imaging
import Testing

@Suite struct WorldCommandTests {
    @Test func renderDrawsASheet() throws {
        let folder = try Folder()
        let words = ["world", "render", "--task", "one-subject:2", "--task", "face", "--size", "32", "--count", "3", "--plain", "-o"]
        let run = try CommandRun(words + [folder.path("a.png")])
        #expect(run.status == 0 && run.output == folder.path("a.png") + "\n")
        // Three cells of 24 + 32 pixels with gaps of 6 and 20.
        #expect(try PictureFile.read(folder.path("a.png")).size == PixelSize(width: 3 * (24 + 6 + 32 + 20) + 6, height: 32 + 12 + 6))
        try CommandRun(words + [folder.path("b.png")])
        #expect(try Data(contentsOf: folder.url.appendingPathComponent("a.png")) == Data(contentsOf: folder.url.appendingPathComponent("b.png")))
    }

    @Test func datasetsAreWrittenAndContinued() throws {
        let folder = try Folder()
        let words = ["world", "dataset", "--count", "12", "--size", "16", "--threads", "2", "-o", folder.path("toys")]
        let run = try CommandRun(words)
        #expect(run.status == 0 && run.output == folder.path("toys") + "\n" && run.errors.contains("12 of 12 examples"))
        let list = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.url.appendingPathComponent("toys/train.json")))
        #expect((list as? [[String: Any]])?.count == 12)
        #expect(try CommandRun(words).status == 0)
        let other = try CommandRun(words + ["--seed", "3"])
        #expect(other.status == 1 && other.failure.contains("other settings") && other.failure.contains("another folder"))
        let shards = try CommandRun(["world", "dataset", "--count", "3", "--format", "tar", "--size", "16", "-o", folder.path("shards")])
        #expect(shards.status == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("shards")).sorted() == ["shard-000000.tar", "world.json"])
    }

    @Test func vocabularyIsATokenizer() throws {
        let folder = try Folder()
        let run = try CommandRun(["world", "vocabulary", "-o", folder.path("words")])
        #expect(run.status == 0 && run.errors.contains("pieces"))
        let words = try String(contentsOfFile: folder.path("words/words.txt"), encoding: .utf8)
        #expect(words.hasPrefix("a\t") && words.contains("\nstar\t"))
        #expect(try Data(contentsOf: folder.url.appendingPathComponent("words/spiece.model")).count > 3000)
    }

    @Test(arguments: [
        (["--task", "cats"], "--task"), (["--task", "face:-1"], "--task"), (["--task", "face:nan"], "--task"),
        (["--style", "neon", "--task", "face"], "--style"), (["--size", "4"], "picture size is 4"), (["--reference-size", "99999"], "99999"),
        (["--count", "0"], "--count is 0"), (["--columns", "0"], "--columns is 0"), (["--place", "moon"], "--place"),
        (["--count", "10000", "--size", "4096"], "too large"), (["--first", "9223372036854775807"], "--first"),
    ])
    func wrongUsageIsExplained(_ words: [String], _ text: String) throws {
        let run = try CommandRun(["world", "render", "-o", "never.png"] + words)
        #expect(run.status == 2 && run.failure.contains(text), "\(run.failure)")
        #expect(run.errors.split(separator: "\n").count == 1 && run.failure.contains("atelier world render --help"))
    }
}
