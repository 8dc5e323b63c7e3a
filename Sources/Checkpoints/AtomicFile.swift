import Foundation

/// A file under a temporary name that takes its real one when complete.
struct AtomicFile: ~Copyable {
    private let path: String, temporary: String
    private let descriptor: Int32
    private var isCommitted = false

    /// Calls `body` with a new file, flushes what it wrote, and moves it to `path`.
    ///
    /// Throws `CheckpointError.unwritable`, or what `body` throws; nothing is left behind then.
    static func write(to path: String, _ body: (borrowing AtomicFile) throws -> Void) throws {
        var file = try AtomicFile(path)
        try body(file)
        try file.commit()
    }

    private init(_ path: String) throws(CheckpointError) {
        let directory = (path as NSString).deletingLastPathComponent
        let name = ".\((path as NSString).lastPathComponent).\(UInt64.random(in: 0...UInt64.max)).partial"
        self.path = path
        temporary = (directory as NSString).appendingPathComponent(name)
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if descriptor < 0 { throw .unwritable(path: path, reason: systemReason()) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        if !isCommitted { unlink(temporary) }
    }

    /// Writes all of `bytes` at the end of the file.
    func append(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
        var rest = bytes[...]
        while let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
            // The kernel takes at most 2 GiB at a time.
            let count = Foundation.write(descriptor, base, min(rest.count, 1 << 30))
            if count < 0 {
                if errno == EINTR { continue }
                throw failure()
            }
            rest = rest.dropFirst(count)
        }
    }

    func append(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { buffer in try append(buffer) } }

    /// Writes all of `bytes` at a place of their own, wherever the last ones went.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(CheckpointError) {
        guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else { throw failure() }
        try append(bytes)
    }

    /// Makes the file so long, with zeros where nothing was written.
    func extend(to size: Int) throws(CheckpointError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw failure() }
    }

    private mutating func commit() throws(CheckpointError) {
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw failure() }
        isCommitted = true
        // The rename itself must survive a power failure. Some file systems cannot flush a directory; that is no loss of data.
        let directory = (temporary as NSString).deletingLastPathComponent
        let parent = open(directory.isEmpty ? "." : directory, O_RDONLY | O_CLOEXEC)
        guard parent >= 0 else { return }
        fsync(parent)
        close(parent)
    }

    private func failure() -> CheckpointError {
        let code = errno
        let isFull = code == ENOSPC || code == EDQUOT
        return .unwritable(path: path, reason: isFull ? "the disk is full. Free space or choose another directory" : systemReason(code))
    }
}
