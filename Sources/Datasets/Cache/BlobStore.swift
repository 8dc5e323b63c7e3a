internal import Foundation
internal import Synchronization

/// A disk cache of byte values under text keys, for what is costly to compute and easy to compute again.
///
/// A folder of append-only data files. Each process that uses the folder writes to a file of its own and reads all files;
/// what others wrote after opening is seen after `refresh`. Values are checked against their checksum whenever they are read:
/// a damaged one counts as absent and can be stored again. Storing never throws: where it cannot go on, because a limit is
/// reached or the disk is full, it stops and `status.warning` says why, while everything stored stays readable.
///
/// Crash safe: a record is whole or is cut off when its file is opened for writing again. A value survives the process once
/// `store` returned, and a power failure after `flush`. Processes know each other by file locks: on a network folder without
/// them two may spoil each other's values, which the checksums then show.
public final class BlobStore: Sendable {
    /// What became of a value.
    public enum Outcome: Sendable, Equatable {
        /// It is in the cache now.
        case stored
        /// The key had a value, which stays.
        case alreadyPresent
        /// Nothing was stored; `status.warning` says why.
        case stopped
    }

    /// Why nothing more is stored.
    public enum Warning: Sendable, Equatable, CustomStringConvertible {
        /// The files of the folder have reached the limit, in bytes.
        case limitReached(folder: String, limit: Int)
        /// A write failed, most often because the disk is full.
        case writingFailed(file: String, reason: String)
        /// No file can be made in the folder.
        case readOnly(folder: String, reason: String)

        /// One line: what happened, and what to do.
        public var description: String {
            switch self {
            case .limitReached(let folder, let limit):
                "The cache \(folder) has reached its limit of \(limit) bytes; nothing more is stored. Raise the limit or empty the folder."
            case .writingFailed(let file, let reason):
                "The cache file \(file) cannot be written: \(reason). Nothing more is stored. Free some space or choose another folder."
            case .readOnly(let folder, let reason):
                "The cache \(folder) cannot be written: \(reason). It is only read. Choose another folder to store more."
            }
        }
    }

    /// The cache in numbers.
    public struct Status: Sendable, Equatable {
        /// Keys with a value.
        public let count: Int
        /// Bytes of all files, as far as this process knows them.
        public let byteCount: Int
        /// Values that did not fit their checksum when they were read.
        public let damagedCount: Int
        /// Why nothing more is stored, or nil.
        public let warning: Warning?
    }

    /// The folder as given.
    public let folder: String
    /// Most bytes of all files together.
    public let byteLimit: Int
    private let contents: Mutex<BlobFolder>

    /// Opens a cache folder, made where there is none. Reads the head of every record, not the values.
    ///
    /// - Parameter byteLimit: Most bytes of all files together; processes that write at once may pass it by a few values.
    /// - Throws: `DatasetsError.cacheFolder` where there is no folder and none can be made, or it cannot be read.
    public init(folder: String, byteLimit: Int = .max) throws(DatasetsError) {
        self.folder = folder
        self.byteLimit = byteLimit
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw .cacheFolder(path: folder, reason: "it is no folder and cannot be made one")
        }
        contents = Mutex(BlobFolder(path: folder))
        try contents.withLock { contents throws(DatasetsError) in
            contents.claimFile()
            try contents.refresh()
        }
    }

    // MARK: Values

    /// The value stored under `key`, checked; nil where there is none, or it is damaged.
    public func value(forKey key: String) -> [UInt8]? {
        let found = contents.withLock { contents in contents.index[key].map { (contents.files[$0.file].file, $0.place) } }
        guard let (file, place) = found else { return nil }
        if let value = file.value(place) { return value }
        contents.withLock { contents in
            // Another thread may have stored it again meanwhile.
            guard let entry = contents.index[key], entry.place.offset == place.offset, contents.files[entry.file].file === file else { return }
            contents.index[key] = nil
            contents.damagedCount += 1
        }
        return nil
    }

    /// True where `value(forKey:)` will look for a value; it may still prove damaged.
    public func contains(_ key: String) -> Bool { contents.withLock { $0.index[key] != nil } }

    /// Stores a value, unless the key has one.
    ///
    /// - Parameter key: At most 65536 bytes of UTF-8.
    @discardableResult
    public func store(_ value: [UInt8], forKey key: String) -> Outcome {
        precondition(key.utf8.count <= BlobRecord.keyLimit, "A key has at most \(BlobRecord.keyLimit) bytes; this one has \(key.utf8.count).")
        if contains(key) { return .alreadyPresent }
        let record = BlobRecord(key: key, value: value)
        return contents.withLock { contents in
            if contents.index[key] != nil { return .alreadyPresent }
            guard contents.isWritable else { return .stopped }
            guard record.length <= byteLimit - contents.byteCount else {
                contents.warning = .limitReached(folder: folder, limit: byteLimit)
                return .stopped
            }
            return contents.append(record, value)
        }
    }

    /// Finds what other processes have stored since the folder was last looked through.
    ///
    /// - Throws: `DatasetsError.cacheFolder` where the folder cannot be read any more.
    public func refresh() throws(DatasetsError) {
        try contents.withLock { contents throws(DatasetsError) in try contents.refresh() }
    }

    /// Waits until the disk has everything stored by this process.
    public func flush() { contents.withLock { $0.flush() } }

    /// Counts and the warning, as of now.
    public var status: Status {
        contents.withLock { contents in
            Status(count: contents.index.count, byteCount: contents.byteCount, damagedCount: contents.damagedCount, warning: contents.warning)
        }
    }
}
