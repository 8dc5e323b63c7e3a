import Foundation

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Keeps two pulls, in this program or in two, from writing to one directory.
///
/// The system holds the lock for the open file, so that it ends with the program however that ends. The empty file stays:
/// removing it would let a third pull lock a new file while a second still waits on the old one.
struct DirectoryLock {
    private let file: FileHandle

    /// - Throws: `ModelHubError.directoryInUse` where another holds it.
    init(directory: String) throws(ModelHubError) {
        let path = FileName.joined(directory, FileName.reservedPrefix + "pull.lock")
        file = try FileHandle.writing(path)
        guard flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw errno == EWOULDBLOCK ? .directoryInUse(directory) : .system(path)
        }
    }

    func release() { try? file.close() }
}
