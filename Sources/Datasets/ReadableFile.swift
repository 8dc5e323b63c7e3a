#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A regular file open for reading at any place, from any thread: every read names its own offset.
final class ReadableFile: Sendable {
    let path: String
    private let descriptor: Int32

    init(path: String) throws(DatasetsError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable(path: path, reason: systemReason()) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw .unreadable(path: path, reason: "it is not a regular file")
        }
        self.path = path
        descriptor = file  // last, so that `deinit` runs only for an open file
    }

    deinit { close(descriptor) }

    /// The file's present length in bytes.
    func length() throws(DatasetsError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, reason: systemReason()) }
        return Int(status.st_size)
    }

    /// The bytes from `offset` on; fewer than `count` where the file ends before.
    func read(at offset: Int, count: Int) throws(DatasetsError) -> [UInt8] {
        var failure: DatasetsError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let step = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
                if step > 0 { filled += step; continue }
                if step < 0 && errno == EINTR { continue }
                if step < 0 { failure = .unreadable(path: path, reason: systemReason()) }
                return
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

/// The system's text for the last failed call.
func systemReason(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
