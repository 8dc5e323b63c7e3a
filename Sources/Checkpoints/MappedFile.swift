import Foundation
internal import Synchronization
import Torch

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
        Self.live.withLock { $0[UInt(bitPattern: base)] = UInt(size) }
    }

    /// Takes the whole pages of a part out of this process' memory; touching them reads them from the file again.
    func release(_ part: Range<Int>) {
        guard let base = bytes.baseAddress else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let start = (part.lowerBound + page - 1) / page * page, end = part.upperBound / page * page
        if start < end { madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED) }
    }

    deinit {
        guard let base = bytes.baseAddress else { return }
        Self.live.withLock { $0[UInt(bitPattern: base)] = nil }
        munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }

    /// Sizes of the mappings that live, by their first address: a tensor does not say what kind of memory it lies in, and
    /// to take pages away from any other kind would lose what they hold.
    private static let live = Mutex<[UInt: UInt]>([:])

    /// Lets the system take the pages that lie wholly under `bytes`, which count as this process's memory once they were
    /// touched. They are read from the file again when they are next needed; changes made in place are lost.
    fileprivate static func release(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        let page = UInt(sysconf(Int32(_SC_PAGESIZE))), start = UInt(bitPattern: base), end = start + UInt(bytes.count)
        let first = (start + page - 1) / page * page, last = end / page * page
        guard first < last else { return }
        live.withLock { mappings in
            // Under the lock, so that the range is not unmapped and used for something else meanwhile.
            guard mappings.contains(where: { $0.key <= start && end <= $0.key + $0.value }) else { return }
            madvise(UnsafeMutableRawPointer(bitPattern: first), Int(last - first), MADV_DONTNEED)
        }
    }
}

extension Tensor {
    /// Stops a file's bytes from counting as this process's memory, where this tensor lies on them and no one changed it; it stays usable.
    ///
    /// For tensors that were copied or coded, so that a model is not in memory in two forms.
    package func releaseFilePages() {
        guard device == .cpu, isContiguous, byteCount > 0 else { return }
        // The bytes of such a tensor are at hand, so nothing can fail.
        try? withUnsafeBytes { MappedFile.release($0) }
    }
}

/// The system's text for the last failed call, as in "No such file or directory".
func systemReason(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
