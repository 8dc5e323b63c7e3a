import Foundation
import ModelHub
import Synchronization
import Testing

/// A target directory that is removed with this object, and the events of the pulls into it.
final class Workspace: Sendable {
    let path = NSTemporaryDirectory() + "atelier-hub-\(UUID().uuidString)"
    private let log = Mutex<[PullEvent]>([])

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var events: [PullEvent] { log.withLock { $0 } }

    func bytes(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: "\(path)/\(name)").map(Array.init) }

    /// Whether a file has exactly these bytes; a comparison in an expectation would print them all.
    func holds(_ name: String, _ expected: some Sequence<UInt8>) -> Bool { bytes(name) == Array(expected) }

    func write(_ bytes: [UInt8], _ name: String) throws {
        let url = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    /// The end of a connection that breaks once this many bytes of a file are in its part.
    func dropped(after count: Int, of name: String = "model") -> TestHub.Reply.Ending {
        .dropped { [path] in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name).part")
            return attributes?[.size] as? Int ?? 0 >= count
        }
    }

    /// Everything below the directory but this program's own files.
    var files: [String] {
        (FileManager.default.subpaths(atPath: path) ?? []).filter { name in
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isDirectory) && !isDirectory.boolValue
                && !name.hasPrefix(".atelier-")
        }.sorted()
    }

    /// Pulls with pauses of milliseconds. Whether a hub is silent is judged late: other tests may have the processor for a while.
    func pull(
        _ model: HubModel = HubModel(name: "owner/model", parts: [.init(repository: "owner/model")]), from address: String, token: String? = nil,
        include: [String] = [], attempts: Int = 4, silence: Duration = .seconds(300)
    ) async throws {
        let patience = Patience(
            connect: .seconds(300), silence: silence, attempts: attempts, firstPause: .milliseconds(2), longestPause: .milliseconds(10),
            longestRequestedPause: .milliseconds(20))
        try await ModelHub(address: address, token: token, patience: patience).pull(model, into: path, include: include) { event in
            self.log.withLock { $0.append(event) }
        }
    }

    /// The error of a pull, or an issue where it succeeds.
    func failure(
        _ model: HubModel = HubModel(name: "owner/model", parts: [.init(repository: "owner/model")]), from address: String, token: String? = nil,
        include: [String] = [], attempts: Int = 2, silence: Duration = .seconds(300)
    ) async -> ModelHubError? {
        await #expect(throws: ModelHubError.self) {
            try await pull(model, from: address, token: token, include: include, attempts: attempts, silence: silence)
        }
    }
}
