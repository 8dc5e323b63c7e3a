import Foundation

/// The records of an evaluation, read back.
public struct EvaluationResults: Sendable {
    public let folder: String
    public let settings: EvaluationSettings
    /// By index.
    public let records: [ExampleRecord]

    public init(folder: String, settings: EvaluationSettings, records: [ExampleRecord]) {
        (self.folder, self.settings, self.records) = (folder, settings, records)
    }

    /// Reads what an evaluation has written so far, by all its processes.
    ///
    /// - Throws: `EvaluationError.noResults`.
    public init(folder: String) throws(EvaluationError) {
        guard let data = FileManager.default.contents(atPath: "\(folder)/settings.json") else {
            throw .noResults(folder: folder, problem: "it has no settings.json")
        }
        do { settings = try JSONDecoder().decode(EvaluationSettings.self, from: data) } catch {
            throw .noResults(folder: folder, problem: "its settings.json has another form")
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var found: [Int: ExampleRecord] = [:]
        for name in names.sorted() where name.hasPrefix("examples") && name.hasSuffix(".jsonl") {
            let lines = FileManager.default.contents(atPath: "\(folder)/\(name)")?.split(separator: UInt8(ascii: "\n")) ?? []
            // A line that was cut off by the end of its process is no record; its example is done again.
            for record in lines.compactMap({ try? JSONDecoder().decode(ExampleRecord.self, from: $0) }) { found[record.index] = record }
        }
        self.folder = folder
        records = found.values.sorted { $0.index < $1.index }
    }
}

/// The output folder of an evaluation, and one process's file of records in it.
///
/// ```
/// settings.json         what was asked
/// examples.R.jsonl      a line per finished example of process R
/// pictures/             the pictures made, NNNNNN.png
/// scores.json  report.md  report.html
/// ```
public final class EvaluationFolder {
    public let path: String
    private let file: FileHandle
    private let records: String

    /// - Parameters:
    ///   - resumes: whether results in the folder are continued from; where not, it must have none.
    ///   - rank: which of several processes this is.
    /// - Throws: `EvaluationError` where the folder holds other results, or cannot be written to.
    public init(path: String, _ settings: EvaluationSettings, resumes: Bool, rank: Int) throws(EvaluationError) {
        try Self.claim(path, settings, resumes: resumes)
        self.path = path
        records = "\(path)/examples.\(rank).jsonl"
        if !FileManager.default.fileExists(atPath: records) { _ = FileManager.default.createFile(atPath: records, contents: nil) }
        guard let file = FileHandle(forWritingAtPath: records), let end = try? file.seekToEnd() else {
            throw .unwritable(file: records, problem: "it cannot be opened")
        }
        self.file = file
        // After a line that was cut off the next one must not go on where it ended.
        if end > 0 { try append("\n") }
    }

    /// Makes the folder, or takes the one that these settings were begun in, and notes the settings.
    ///
    /// - Throws: as `init`.
    static func claim(_ path: String, _ settings: EvaluationSettings, resumes: Bool) throws(EvaluationError) {
        do { try FileManager.default.createDirectory(atPath: "\(path)/pictures", withIntermediateDirectories: true) } catch {
            throw .unwritable(file: path, problem: "the folder cannot be made")
        }
        if let before = try? EvaluationResults(folder: path) {
            let own = before.records.count
            guard resumes || own == 0 else { throw .hasResults(folder: path, count: own) }
            if let difference = settings.pictureDifference(before.settings) { throw .otherResults(folder: path, difference: difference) }
        }
        try write(json(settings), to: "\(path)/settings.json")
    }

    deinit { try? file.close() }

    /// What is there now.
    public func results() throws(EvaluationError) -> EvaluationResults { try EvaluationResults(folder: path) }

    /// Adds a finished example.
    public func add(_ record: ExampleRecord) throws(EvaluationError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let line = try? encoder.encode(record) else { throw .unwritable(file: records, problem: "a value is not finite") }
        try append(String(decoding: line, as: UTF8.self) + "\n")
    }

    /// The path of an example's picture.
    public func picture(_ index: Int) -> String { "\(path)/pictures/\(String(format: "%06d", index)).png" }

    private func append(_ text: String) throws(EvaluationError) {
        do { try file.write(contentsOf: Data(text.utf8)) } catch {
            throw .unwritable(file: records, problem: error.localizedDescription)
        }
    }

    /// Writes a file whole or not at all.
    static func write(_ text: String, to path: String) throws(EvaluationError) {
        do { try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
            throw .unwritable(file: path, problem: error.localizedDescription)
        }
    }

    /// Pretty, with keys in order.
    static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return ((try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}") + "\n"
    }
}
