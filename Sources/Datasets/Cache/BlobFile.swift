#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// One data file of a cache: records one after another. Read by all processes, written by the one that holds its lock.
final class BlobFile: Sendable {
    /// A record and where it begins.
    struct Place: Sendable {
        let offset: Int
        let record: BlobRecord
    }

    static let suffix = ".blobs"

    let path: String
    private let file: ReadableFile

    init(path: String) throws(DatasetsError) {
        self.path = path
        file = try ReadableFile(path: path)
    }

    /// The whole records from `offset` on, and where the last of them ends. What follows is still being written, or torn.
    func records(from offset: Int) throws(DatasetsError) -> (places: [Place], end: Int) {
        let length = try file.length()
        var places: [Place] = [], end = offset
        while let record = try record(at: end), record.length <= length - end {
            places.append(Place(offset: end, record: record))
            end += record.length
        }
        return (places, end)
    }

    private func record(at offset: Int) throws(DatasetsError) -> BlobRecord? {
        var bytes = try file.read(at: offset, count: 256)
        guard let keyLength = BlobRecord.keyLength(bytes.prefix(BlobRecord.headLength)) else { return nil }
        let needed = BlobRecord.headLength + keyLength
        if needed > bytes.count { bytes = try file.read(at: offset, count: needed) }
        return BlobRecord(prefix: bytes[...])
    }

    /// The value of a record found earlier, or nil where it is not there any more or does not fit its checksum.
    func value(_ place: Place) -> [UInt8]? {
        guard let found = try? record(at: place.offset), found == place.record,
            let value = try? file.read(at: place.offset + found.prefixLength, count: found.valueLength),
            value.count == found.valueLength, XXHash64.hash(value) == found.valueChecksum
        else { return nil }
        return value
    }
}

/// The end of a data file, held by one process: the lock lasts as long as this object, however the process ends.
///
/// Not thread safe; `BlobStore` uses it under its lock.
struct BlobWriter: ~Copyable {
    let path: String
    private let descriptor: Int32
    /// Where the next record goes.
    private(set) var end = 0

    /// Opens a file that nobody else writes to, made where there is none; nil where another process holds it or it cannot be.
    init?(path: String, isNew: Bool) {
        let file = open(path, O_WRONLY | O_CLOEXEC | (isNew ? O_CREAT | O_EXCL : 0), 0o666)
        guard file >= 0 else { return nil }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            return nil
        }
        self.path = path
        descriptor = file
    }

    deinit { close(descriptor) }

    /// Cuts off what follows the last whole record.
    mutating func cut(at offset: Int) -> Bool {
        end = offset
        return ftruncate(descriptor, off_t(offset)) == 0
    }

    /// Writes one record behind the last. On failure the reason is returned and the file is as before.
    mutating func append(_ record: BlobRecord, _ value: [UInt8]) -> String? {
        let bytes = record.prefix + value
        var written = 0
        while written < bytes.count {
            let step = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written, off_t(end + written)) }
            if step < 0 && errno == EINTR { continue }
            if step <= 0 {
                let code = errno
                // A part that cannot be cut off now is cut off when the file is opened next.
                _ = ftruncate(descriptor, off_t(end))
                return code == ENOSPC || code == EDQUOT ? "the disk is full" : systemReason(code)
            }
            written += step
        }
        end += bytes.count
        return nil
    }

    /// Waits until the disk has everything.
    func flush() { _ = fsync(descriptor) }
}
