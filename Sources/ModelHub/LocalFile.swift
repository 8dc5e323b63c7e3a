import Foundation

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What identifies a file's content without reading it.
struct FileStatus: Sendable, Equatable, Codable {
    let size: Int
    /// Nanoseconds since 1970.
    let modified: Int
    let inode: UInt64

    /// - Throws: `ModelHubError.file` where there is no regular file.
    init(path: String) throws(ModelHubError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .system(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .file(path: path, reason: "it is not a regular file") }
        size = Int(status.st_size)
        #if canImport(Glibc)
        modified = status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec
        #else
        modified = status.st_mtimespec.tv_sec &* 1_000_000_000 &+ status.st_mtimespec.tv_nsec
        #endif
        inode = UInt64(status.st_ino)
    }

    /// The file at `path`, or nil where there is no regular file.
    static func ifPresent(_ path: String) -> FileStatus? { try? FileStatus(path: path) }
}

/// Steps on this machine's files, with errors that name the path.
enum LocalFile {
    static func createDirectory(_ path: String) throws(ModelHubError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .file(path: path, reason: "the directory cannot be made: \(ModelHubError.reason(error))")
        }
    }

    /// Puts a file under another name in the same file system, in one step.
    static func move(_ source: String, to path: String) throws(ModelHubError) {
        guard rename(source, path) == 0 else { throw .system(path) }
    }

    /// Removes a file; nothing happens where there is none.
    static func remove(_ path: String) throws(ModelHubError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .system(path) }
    }

    /// Bytes that this user may still write below `directory`.
    static func freeSpace(_ directory: String) throws(ModelHubError) -> Int {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { throw .system(directory) }
        let (bytes, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
        return overflow ? .max : bytes
    }

    static func contents(_ path: String, limit: Int) -> Data? {
        guard let status = FileStatus.ifPresent(path), status.size <= limit else { return nil }
        return FileManager.default.contents(atPath: path)
    }

    /// Replaces a small file in one step.
    static func write(_ data: Data, to path: String) throws(ModelHubError) {
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .file(path: path, reason: "it cannot be written: \(ModelHubError.reason(error))")
        }
    }
}

extension FileHandle {
    static func reading(_ path: String) throws(ModelHubError) -> FileHandle {
        guard let file = FileHandle(forReadingAtPath: path) else { throw .system(path) }
        return file
    }

    /// Opens a file for writing, and makes it where there is none. What it holds stays.
    static func writing(_ path: String) throws(ModelHubError) -> FileHandle {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .system(path) }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// The next bytes, at most `count`; nil at the end.
    func piece(_ count: Int, of path: String) throws(ModelHubError) -> Data? {
        do {
            guard let data = try read(upToCount: count), !data.isEmpty else { return nil }
            return data
        } catch {
            throw .file(path: path, reason: "it cannot be read: \(ModelHubError.reason(error))")
        }
    }
}

extension ModelHubError {
    /// The last failure of a system call on `path`.
    static func system(_ path: String) -> ModelHubError { .file(path: path, reason: String(cString: strerror(errno))) }

    /// One line on an error of another library.
    static func reason(_ error: any Error) -> String {
        ((error as? CocoaError)?.underlying as? POSIXError).map { String(cString: strerror($0.code.rawValue)) } ?? error.localizedDescription
    }
}
