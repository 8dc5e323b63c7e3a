import Crypto
import Foundation

/// SHA-256 checksums of large files, remembered between runs.
///
/// A file counts as unchanged while its path, size, modification time and inode are the same.
struct FileHashes {
    private struct Entry: Codable {
        let size, seconds, nanoseconds: Int
        let inode: UInt64
        var sha256: String?

        func isSameFile(as other: Entry) -> Bool {
            size == other.size && seconds == other.seconds && nanoseconds == other.nanoseconds && inode == other.inode
        }
    }

    private var entries: [String: Entry]
    private let store: URL

    init() {
        store = CacheFolder.url.appendingPathComponent("checksums.json")
        entries = (try? JSONDecoder().decode([String: Entry].self, from: Data(contentsOf: store))) ?? [:]
    }

    /// Bytes that would have to be read for this file's checksum.
    func unknownByteCount(of path: String) -> Int {
        guard let now = Self.entry(path) else { return 0 }
        return entries[Self.key(path)]?.isSameFile(as: now) == true ? 0 : now.size
    }

    /// The checksum in hexadecimal digits.
    ///
    /// - Throws: `CommandFailure` for a file that cannot be read, `CancellationError`.
    mutating func sha256(of path: String) throws -> String {
        guard var entry = Self.entry(path), let file = FileHandle(forReadingAtPath: path) else {
            throw CommandFailure("\(path) cannot be read: \(String(cString: strerror(errno))). Check that the file is there and that you may read it.")
        }
        defer { try? file.close() }
        if let known = entries[Self.key(path)], known.isSameFile(as: entry), let sha256 = known.sha256 { return sha256 }
        var hash = SHA256()
        while let block = try file.read(upToCount: 8 << 20), !block.isEmpty {
            try Task.checkCancellation()
            hash.update(data: block)
        }
        let sha256 = hash.finalize().hexadecimal
        entry.sha256 = sha256
        entries[Self.key(path)] = entry
        return sha256
    }

    /// Remembers the checksums. A cache that cannot be written costs time, nothing else.
    func save() {
        try? FileManager.default.createDirectory(at: store.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? JSONEncoder().encode(entries.filter { $0.value.sha256 != nil }).write(to: store, options: .atomic)
    }

    private static func key(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

    private static func entry(_ path: String) -> Entry? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Entry(
            size: Int(status.st_size), seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec, inode: UInt64(status.st_ino))
    }
}

/// Where the program keeps what it can compute again.
enum CacheFolder {
    static var url: URL {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") { return URL(fileURLWithPath: folder).appendingPathComponent("atelier") }
        return FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache/atelier")
    }
}
