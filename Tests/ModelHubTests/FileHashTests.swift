import Foundation
import ModelHub
import Testing

@Suite struct FileHashTests {
    private let workspace = Workspace()
    private var path: String { workspace.path + "/file" }

    @Test func abcHashesAsTheStandardSays() async throws {
        try workspace.write(Array("abc".utf8), "file")
        let hash = try await FileHash(cacheDirectory: nil).sha256(of: path)
        #expect(hash == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(workspace.files == ["file"])
    }

    @Test func millionLettersHashAsTheStandardSays() async throws {
        try workspace.write(Array(repeating: UInt8(ascii: "a"), count: 1_000_000), "file")
        let hash = try await FileHash(cacheDirectory: nil).sha256(of: path)
        #expect(hash == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func unchangedFileIsNotReadAgainAndChangedOneIs() async throws {
        let hash = FileHash(cacheDirectory: workspace.path + "/cache")
        try workspace.write(Array("abc".utf8), "file")
        try setTime(1_000_000)
        let first = try await hash.sha256(of: path)

        // Other bytes of the same length in the same inode, with the time set back: only reading would tell.
        try FileHandle(forWritingAtPath: path)?.write(contentsOf: Data("abd".utf8))
        try setTime(1_000_000)
        #expect(try await hash.sha256(of: path) == first)
        try setTime(1_000_001)
        #expect(try await hash.sha256(of: path) != first)
    }

    private func setTime(_ seconds: Double) throws {
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: path)
    }

    @Test func damagedCacheIsPassedOver() async throws {
        try workspace.write(Array("abc".utf8), "file")
        try workspace.write(Array("{\"x\":".utf8), "cache/.atelier-hashes.json")
        let hash = try await FileHash(cacheDirectory: workspace.path + "/cache").sha256(of: path)
        #expect(hash.hasPrefix("ba7816bf"))
    }

    @Test func missingFileIsNamed() async {
        await #expect(throws: ModelHubError.file(path: path, reason: "No such file or directory")) {
            try await FileHash(cacheDirectory: nil).sha256(of: path)
        }
    }
}
