import Foundation
import Testing

/// `atelier models pull` over the same hub: exit codes, texts and files.
@Suite(.timeLimit(.minutes(15))) struct PullCommandTests {
    private let repository = TestRepository([
        .init(path: "config.json", bytes: content(90)), .init(path: "model.safetensors", bytes: content(200_000), isLarge: true),
    ])

    /// Runs the program that was built beside the tests; gives its exit code and standard error.
    private func run(_ arguments: [String], hub: String) throws -> (status: Int32, errors: String) {
        let process = Process(), errors = Pipe()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("atelier")
        process.arguments = ["models", "pull"] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["ATELIER_HUB": hub, "ATELIER_TOKEN": "", "HF_TOKEN": ""]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        let text = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }

    @Test func commandFetchesEveryFileAcrossADroppedConnection() async throws {
        let workspace = Workspace()
        try await TestHub.serving { [repository] request in
            var reply = repository.reply(to: request)
            if request.path.hasSuffix("/model.safetensors"), request.earlier == 0 {
                (reply.sent, reply.ending) = (70_000, workspace.dropped(after: 70_000, of: "model.safetensors"))
            }
            return reply
        } _: { hub in
            let result = try run(["owner/model", "-o", workspace.path], hub: hub.address)
            #expect(result.status == 0, "\(result.errors)")
            #expect(hub.requests(repository.path("model.safetensors")).last?.start != nil)
        }
        for file in repository.files { #expect(workspace.holds(file.path, file.bytes), "\(file.path)") }
        #expect(workspace.files == ["config.json", "model.safetensors"])
    }

    @Test func commandNamesARepositoryThatTheHubDoesNotHave() async throws {
        let workspace = Workspace()
        try await TestHub.serving({ _ in .status(404) }) { hub in
            let result = try run(["owner/other", "-o", workspace.path], hub: hub.address)
            #expect(result.status == 1)
            #expect(result.errors.hasSuffix("Check the spelling of both.\n") && result.errors.contains("'owner/other'"))
        }
        #expect(workspace.files.isEmpty)
    }
}
