import Foundation

/// A file's bytes, mapped into memory for as long as this object lives.
///
/// Pages are read when they are touched and are shared with the system's file cache. The mapping is private: an in-place
/// change of a tensor copies its pages and never reaches the file. The size is that at opening: if another program cuts
/// the file shorter afterwards, touching the lost pages ends the process with SIGBUS, as with any mapped file; replace
/// checkpoints by renaming, as `SafetensorsWriter` does, and never in place.
package final class MappedFile {
    /// All bytes of the file; valid while this object lives.
    package let bytes: UnsafeRawBufferPointer

    /// Maps the regular file at `path`.
    package init(path: String) throws(CheckpointError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw errno == ENOENT ? .notFound(path: path) : .unreadable(path: path, reason: systemReason()) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, reason: systemReason()) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(path: path, reason: "it is not a regular file") }
        guard status.st_size > 0 else {  // an empty range cannot be mapped
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        // Writable pages so that an in-place operation is no crash; no reservation, or a file larger than free memory
        // would be refused.
        let size = Int(status.st_size)
        let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0)
        guard let base, base != MAP_FAILED else { throw .unreadable(path: path, reason: systemReason()) }
        bytes = UnsafeRawBufferPointer(start: base, count: size)
    }

    /// Takes the whole pages of a part out of this process' memory; touching them reads them from the file again.
    func release(_ part: Range<Int>) {
        guard let base = bytes.baseAddress else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let start = (part.lowerBound + page - 1) / page * page, end = part.upperBound / page * page
        if start < end { madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED) }
    }

    deinit {
        if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
    }
}

/// The system's text for the last failed call, as in "No such file or directory".
func systemReason(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
