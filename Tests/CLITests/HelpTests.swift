import Foundation
import Testing

@Suite struct HelpTests {
    @Test(arguments: HelpPages.all.map(\.command))
    func pageIsAsStored(_ command: String) throws {
        let stored = try #require(HelpPages.all.first { $0.command == command })
        let run = try CommandRun(command.split(separator: " ").map(String.init) + ["--help"], environment: ["COLUMNS": "80"])
        #expect(run.status == 0)
        #expect(run.errors.isEmpty)
        #expect(run.output == stored.page)
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
