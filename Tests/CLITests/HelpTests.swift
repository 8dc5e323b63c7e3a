import Foundation
import Testing

@Suite struct HelpTests {
    /// Compares help pages with those in `Help`; a change of the options has to change the page on purpose.
    @Test(arguments: ["generate", "models", "models inspect", "models verify", "models pull", "doctor"])
    func pageIsAsStored(_ command: String) throws {
        let run = try CommandRun(command.split(separator: " ").map(String.init) + ["--help"], environment: ["COLUMNS": "80"])
        let name = command.replacingOccurrences(of: " ", with: "-")
        let stored = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Help/\(name).txt")
        #expect(run.status == 0)
        #expect(run.errors.isEmpty)
        #expect(run.output == (try String(contentsOf: stored, encoding: .utf8)))
    }

    @Test func versionIsPrinted() throws {
        let run = try CommandRun(["--version"])
        #expect(run.status == 0)
        #expect(run.output.firstMatch(of: /^\d+\.\d+\.\d+\n$/) != nil)
    }

    @Test func doctorFindsEverything() throws {
        let run = try CommandRun(["doctor"])
        #expect(run.status == 0, "\(run.output)")
        for text in ["libtorch", "libvips", "sentencepiece", "threads used", "own model"] { #expect(run.output.contains(text)) }
    }
}
