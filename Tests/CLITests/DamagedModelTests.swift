import Foundation
import Testing

/// Descriptions and files of a model that cannot be right: one line, exit code 1, no picture.
@Suite struct DamagedModelTests {
    /// Draws from a copy of the program's model after `damage`.
    private func draw(_ damage: (Folder) throws -> Void) throws -> CommandRun {
        let folder = try Folder()
        try FileManager.default.copyItem(atPath: CommandRun.model, toPath: folder.path("model"))
        try damage(folder)
        let run = try CommandRun(["generate", "--model", folder.path("model"), "--prompt", "a toy", "--steps", "1", "-o", folder.path("toy.png")])
        #expect(run.status == 1)
        #expect(run.failure.hasPrefix("atelier: ") && run.failure.hasSuffix("."), "\(run.errors)")
        #expect(try folder.names == ["model"])
        return run
    }

    private func edit(_ folder: Folder, _ text: String, _ replacement: String) throws {
        let path = folder.path("model/model.json")
        let description = try String(contentsOfFile: path, encoding: .utf8)
        try #require(description.contains(text))
        try description.replacingOccurrences(of: text, with: replacement).write(toFile: path, atomically: true, encoding: .utf8)
    }

    @Test(arguments: [
        (#""steps": 20"#, #""steps": -3"#, "steps is -3"), (#""width": 64"#, #""width": 0"#, "width is 0"),
        (#""true_cfg": 2.0"#, #""true_cfg": -1e9"#, "true-cfg"), (#""ref_size": 48"#, #""ref_size": 3"#, "ref-size is 3"),
        (#""t5_max_length": 16"#, #""t5_max_length": 100000000"#, "text.t5_max_length is 100000000"),
        (#""num_heads": 6"#, #""num_heads": 0"#, "num_heads is 0"),
    ])
    func impossibleValueOfADescriptionIsNamed(_ text: String, _ replacement: String, _ problem: String) throws {
        let run = try draw { try edit($0, text, replacement) }
        #expect(run.failure.contains("model.json") && run.failure.contains(problem), "\(run.failure)")
        #expect(!run.failure.contains(".."))
    }

    @Test func tensorsOfAnotherNetworkAreToldOnOneLine() throws {
        let run = try draw { folder in
            try FileManager.default.removeItem(atPath: folder.path("model/ae.safetensors"))
            try FileManager.default.copyItem(atPath: folder.path("model/flux.safetensors"), toPath: folder.path("model/ae.safetensors"))
        }
        #expect(run.failure.contains("ae.safetensors") && run.failure.contains("look like those of a FLUX transformer"))
        #expect(run.failure.utf8.count < 1000)
    }

    @Test func descriptionOfHugeSizeIsRefusedUnread() throws {
        // Were they read, this test would not end.
        let run = try draw { folder in
            for name in ["model/model.json", "model/t5/config.json"] { #expect(truncate(folder.path(name), 1 << 40) == 0) }
        }
        #expect(run.failure.contains("model.json") && run.failure.contains("1 MiB"))
    }
}
