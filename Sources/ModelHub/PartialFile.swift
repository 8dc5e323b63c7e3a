import Foundation

/// A file on its way: `NAME.part` with what has arrived, and `NAME.part.json` saying which content that is the beginning of.
///
/// Without the note, the first half of an old version could be continued with the second half of a new one.
struct PartialFile: Sendable {
    static let suffixes = [".part", ".part.json"]
    static let longestSuffix = 10

    /// The content that a part is the beginning of.
    private struct Note: Codable, Equatable {
        let checksum: Checksum
        let size: Int
    }

    let target: String
    private let note: Note

    var path: String { target + ".part" }
    private var notePath: String { target + ".part.json" }

    init(target: String, checksum: Checksum, size: Int) {
        self.target = target
        note = Note(checksum: checksum, size: size)
    }

    /// Bytes that can be kept: 0 where there is no part, or one of another content.
    var arrived: Int {
        guard let data = LocalFile.contents(notePath, limit: 1 << 16), let found = try? JSONDecoder().decode(Note.self, from: data),
            found == note, let size = FileStatus.ifPresent(path)?.size, size <= note.size
        else { return 0 }
        return size
    }

    /// Opens the part for writing at `offset`, which is at most `arrived`; what follows is cut off.
    func open(at offset: Int) throws(ModelHubError) -> FileHandle {
        let file = try FileHandle.writing(path)
        do {
            try file.truncate(atOffset: UInt64(offset))
            try file.seek(toOffset: UInt64(offset))
        } catch {
            throw .file(path: path, reason: "it cannot be written: \(ModelHubError.reason(error))")
        }
        // The note follows the cut: were it first, a crash between the two would leave old bytes under a new note.
        if offset == 0 {
            do {
                try LocalFile.write(JSONEncoder().encode(note), to: notePath)
            } catch {
                throw error as? ModelHubError ?? .file(path: notePath, reason: ModelHubError.reason(error))
            }
        }
        return file
    }

    func append(_ data: Data, to file: FileHandle) throws(ModelHubError) {
        do {
            try file.write(contentsOf: data)
        } catch {
            throw .file(path: path, reason: "it cannot be written: \(ModelHubError.reason(error))")
        }
    }

    /// Waits until the disk has the bytes, so that no crash leaves the final name on a half-written file.
    func flush(_ file: FileHandle) throws(ModelHubError) {
        do {
            try file.synchronize()
        } catch {
            throw .file(path: path, reason: "it cannot be written: \(ModelHubError.reason(error))")
        }
    }

    /// Gives the file its name.
    func finish() throws(ModelHubError) {
        try LocalFile.move(path, to: target)
        try LocalFile.remove(notePath)
    }

    func discard() throws(ModelHubError) {
        try LocalFile.remove(path)
        try LocalFile.remove(notePath)
    }
}
