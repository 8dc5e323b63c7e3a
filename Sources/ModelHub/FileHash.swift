import Foundation

/// SHA-256 of files of any size, remembered between runs.
///
/// Reading 24 GB takes a minute, so results are kept in a file, each with the path, size, time of change and inode that it
/// belongs to. A file that changes in any of these is read again.
public struct FileHash: Sendable {
    private let cache: String?

    /// - Parameter cacheDirectory: where `.atelier-hashes.json` is kept; made when needed. Nil remembers nothing.
    public init(cacheDirectory: String?) {
        cache = cacheDirectory.map { FileName.joined($0, FileName.reservedPrefix + "hashes.json") }
    }

    /// The file's SHA-256 as 64 lowercase hexadecimal digits. Memory does not grow with the file.
    ///
    /// - Throws: `ModelHubError.file` where it cannot be read, `CancellationError`. A cache that cannot be read or written is passed over.
    public func sha256(of path: String) async throws -> String {
        try await checksum(like: .sha256(""), of: path).hexadecimal
    }

    /// The file's checksum of the same kind as `kind`.
    func checksum(like kind: Checksum, of path: String) async throws -> Checksum {
        let before = try FileStatus(path: path)
        if let known = remembered(like: kind, path: path, status: before) { return known }
        let checksum = try await kind.computed(path: path)
        // A file that changed while it was read has no checksum worth keeping.
        if (try? FileStatus(path: path)) == before { remember(checksum, of: path, status: before) }
        return checksum
    }

    /// What was kept for the file as it is now.
    func remembered(like kind: Checksum, path: String, status: FileStatus) -> Checksum? {
        guard let entry = entries()[key(path, kind)], entry.status == status else { return nil }
        return entry.checksum
    }

    func remember(_ checksum: Checksum, of path: String, status: FileStatus) {
        guard let cache else { return }
        var entries = entries().filter { FileStatus.ifPresent($0.value.path) == $0.value.status }
        entries[key(path, checksum)] = Entry(path: absolute(path), status: status, checksum: checksum)
        guard let data = try? JSONEncoder().encode(entries) else { return }
        try? LocalFile.createDirectory((cache as NSString).deletingLastPathComponent)
        try? LocalFile.write(data, to: cache)
    }

    private struct Entry: Codable {
        let path: String
        let status: FileStatus
        let checksum: Checksum
    }

    private func entries() -> [String: Entry] {
        guard let cache, let data = LocalFile.contents(cache, limit: 1 << 24) else { return [:] }
        return (try? JSONDecoder().decode([String: Entry].self, from: data)) ?? [:]
    }

    private func key(_ path: String, _ kind: Checksum) -> String {
        switch kind {
        case .sha256: "sha256 \(absolute(path))"
        case .gitBlob: "git \(absolute(path))"
        }
    }

    private func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
}
