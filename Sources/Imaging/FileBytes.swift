#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Whole files in, whole files out.
enum FileBytes {
    /// Reads a regular file of at most `limit` bytes.
    static func contents(of path: String, limit: Int) throws(ImagingError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .unreadable(path: path, reason: systemReason()) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .unreadable(path: path, reason: systemReason()) }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG else {
            throw .unreadable(path: path, reason: kind == S_IFDIR ? "it is a folder" : "it is not a regular file")
        }
        let count = Int(status.st_size)
        if count == 0 { throw .emptyFile(path: path) }
        if count > limit { throw .fileTooLarge(path: path, byteCount: count, limit: limit) }
        var failure: ImagingError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let step = read(file, buffer.baseAddress.map { $0 + filled }, count - filled)
                if step > 0 { filled += step; continue }
                if step < 0 && errno == EINTR { continue }
                if step < 0 { failure = .unreadable(path: path, reason: systemReason()) }
                return
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Puts a file in place in one step: a temporary file in the same folder, flushed to disk, then renamed.
    static func replace(_ path: String, with bytes: [UInt8]) throws(ImagingError) {
        var status = stat()
        if stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR {
            throw .unwritable(path: path, reason: "it is a folder")
        }
        // Short, so that it fits wherever the name itself fits; beside the file, since a rename cannot cross file systems.
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        let temporary = "\(folder).\(UInt32.random(in: .min ... .max)).part"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw .unwritable(path: path, reason: systemReason()) }
        let failure = fill(file, with: bytes)
        close(file)
        if let failure {
            unlink(temporary)
            throw .unwritable(path: path, reason: failure)
        }
        guard rename(temporary, path) == 0 else {
            let reason = systemReason()
            unlink(temporary)
            throw .unwritable(path: path, reason: reason)
        }
    }

    /// Writes and flushes; the reason where either fails.
    private static func fill(_ file: Int32, with bytes: [UInt8]) -> String? {
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let step = write(file, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                if step >= 0 { written += step } else if errno != EINTR { return systemReason() }
            }
            return fsync(file) == 0 ? nil : systemReason()
        }
    }

    private static func systemReason() -> String { String(cString: strerror(errno)) }
}
