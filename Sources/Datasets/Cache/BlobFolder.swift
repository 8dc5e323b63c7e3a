internal import Foundation

/// The files of a cache folder and where their records lie. `BlobStore` uses it under its lock.
struct BlobFolder: ~Copyable {
    let path: String
    /// Every data file known, and where its whole records end.
    private(set) var files: [(file: BlobFile, end: Int)] = []
    /// The newest record of every key.
    var index: [String: (file: Int, place: BlobFile.Place)] = [:]
    var warning: BlobStore.Warning?
    var damagedCount = 0
    private var writer: BlobWriter?

    init(path: String) { self.path = path }

    /// Of all files, as far as they are known.
    var byteCount: Int { files.reduce(0) { $0 + $1.end } }
    /// True while a file is held for writing.
    var isWritable: Bool { writer != nil && warning == nil }

    func flush() { writer?.flush() }

    /// Takes a file that no process writes to, or makes one; cuts off its torn end.
    mutating func claimFile() {
        for path in dataPaths() ?? [] {
            writer = BlobWriter(path: path, isNew: false)
            if writer != nil { break }
        }
        // Another process may take a file between its making and its locking, hence more than one attempt.
        for _ in 0..<100 where writer == nil {
            let name = String(UInt64.random(in: 0...UInt64.max), radix: 16) + BlobFile.suffix
            writer = BlobWriter(path: "\(path)/\(name)", isNew: true)
        }
        guard let path = writer?.path, let file = try? BlobFile(path: path), var (places, end) = try? file.records(from: 0) else {
            writer = nil
            warning = .readOnly(folder: path, reason: "no file can be made or opened there")
            return
        }
        // After a power failure the last record can have its length but not its content.
        if let last = places.last, file.value(last) == nil {
            places.removeLast()
            end = last.offset
        }
        if writer?.cut(at: end) != true {
            writer = nil
            warning = .writingFailed(file: path, reason: systemReason())
        }
        files = [(file, end)]
        enter(places, file: 0)
    }

    /// Reads new records of known files, and files that are new.
    mutating func refresh() throws(DatasetsError) {
        guard let paths = dataPaths() else { throw .cacheFolder(path: path, reason: "it cannot be read") }
        for path in paths {
            let number = files.firstIndex { $0.file.path == path } ?? files.count
            if number == files.count {
                guard let file = try? BlobFile(path: path) else { continue }
                files.append((file, 0))
            }
            if path == writer?.path { continue }
            guard let (places, end) = try? files[number].file.records(from: files[number].end) else { continue }
            files[number].end = end
            enter(places, file: number)
        }
    }

    mutating func append(_ record: BlobRecord, _ value: [UInt8]) -> BlobStore.Outcome {
        guard let path = writer?.path, let offset = writer?.end, let number = files.firstIndex(where: { $0.file.path == path }) else { return .stopped }
        if let reason = writer?.append(record, value) {
            warning = .writingFailed(file: path, reason: reason)
            return .stopped
        }
        files[number].end = offset + record.length
        index[record.key] = (number, BlobFile.Place(offset: offset, record: record))
        return .stored
    }

    /// Later records go before earlier ones of the same key: they replaced damaged ones.
    private mutating func enter(_ places: [BlobFile.Place], file: Int) {
        for place in places { index[place.record.key] = (file, place) }
    }

    /// The data files in the folder, sorted; nil where it cannot be listed.
    private func dataPaths() -> [String]? {
        (try? FileManager.default.contentsOfDirectory(atPath: path))?
            .filter { $0.hasSuffix(BlobFile.suffix) && !$0.hasPrefix(".") }.sorted().map { "\(path)/\($0)" }
    }
}
