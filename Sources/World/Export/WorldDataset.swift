internal import Foundation
internal import Imaging

/// A part of the world as files, for programs that read files.
///
/// Every file appears whole or not at all, and what is there is not made again: an interrupted write is continued by the
/// same call, and several processes may write parts of one folder. The files are the same in every case.
public struct WorldDataset: Sendable {
    public enum Format: String, Sendable, Codable, CaseIterable {
        /// PNG files, `train.json` in the official format (`image_paths`, `image_tgt_path`, `prompt`) and `attributes.jsonl`.
        case json
        /// WebDataset shards: `000001.target.png`, `000001.ref0.png`, `000001.json`.
        case tar
    }

    public let world: PictureWorld
    /// Examples 0..<count.
    public let count: Int
    public let format: Format
    public let directory: String
    /// Whether each reference's mask is written, too.
    public let hasMasks: Bool

    /// Examples of a folder of pictures, or of a shard.
    private static let folderSize = 1000
    /// Examples that one thread makes at a time.
    private var unit: Int { format == .tar ? Self.folderSize : 100 }

    public init(_ world: PictureWorld, count: Int, format: Format = .json, directory: String, hasMasks: Bool = false) {
        precondition(count >= 1, "A dataset has at least one example; \(count) were asked for.")
        self.world = world
        self.count = count
        self.format = format
        self.directory = directory
        self.hasMasks = hasMasks
    }

    /// Writes what is not there yet.
    ///
    /// - Parameters:
    ///   - threads: groups of examples made at once, which are shards or a hundred pictures.
    ///   - progress: told how many examples are complete, in rising order.
    /// - Throws: `WorldError` where the folder holds another dataset or cannot be written; `CancellationError`.
    public func write(threads: Int, progress: @Sendable (Int) -> Void) async throws {
        try await writePart(0, of: 1, threads: threads, progress: progress)
        try writeLists()
    }

    // MARK: Parts, for processes that share the work

    /// Writes what is not there yet of one part of the pictures or shards. Once all parts are there, `writeLists` completes them.
    ///
    /// - Parameter part: 0..<count.
    public func writePart(_ part: Int, of count: Int, threads: Int, progress: @Sendable (Int) -> Void) async throws {
        try claimDirectory()
        let units = units(ofPart: part, of: count)
        try await withThrowingTaskGroup(of: Int.self) { group in
            var next = units.makeIterator(), done = 0
            func start() {
                guard let number = next.next() else { return }
                let examples = examples(ofUnit: number)
                group.addTask {
                    switch format {
                    case .json: try writePictures(examples)
                    case .tar: try writeShard(number, examples)
                    }
                    return examples.count
                }
            }
            for _ in 0..<max(1, threads) { start() }
            while let finished = try await group.next() {
                done += finished
                progress(done)
                start()
            }
        }
    }

    /// Examples of one part.
    public func exampleCount(ofPart part: Int, of count: Int) -> Int {
        units(ofPart: part, of: count).reduce(0) { $0 + examples(ofUnit: $1).count }
    }

    /// Every `count`-th group of examples.
    private func units(ofPart part: Int, of count: Int) -> StrideTo<Int> {
        precondition((0..<count).contains(part), "Parts are numbered from 0 to one less than their count; \(part) of \(count) was asked for.")
        return stride(from: part, to: (self.count + unit - 1) / unit, by: count)
    }

    private func examples(ofUnit number: Int) -> Range<Int> { number * unit..<min((number + 1) * unit, count) }

    // MARK: The folder

    /// What the files of a folder were made from.
    private struct Origin: Codable, Equatable {
        let count: Int
        let format: Format
        let hasMasks: Bool
        let settings: WorldSettings
    }

    /// Takes an empty folder or one that this same dataset was being written to.
    private func claimDirectory() throws {
        let origin = Origin(count: count, format: format, hasMasks: hasMasks, settings: world.settings)
        let path = file("world.json")
        if let data = FileManager.default.contents(atPath: path) {
            guard let found = try? JSONDecoder().decode(Origin.self, from: data), found == origin else {
                throw WorldError.otherDataset(directory: directory)
            }
            return
        }
        try makeFolder(directory)
        try put(Self.encoder(.prettyPrinted).encode(origin), at: path)
    }

    // MARK: Files

    private func writePictures(_ examples: Range<Int>) throws {
        try makeFolder(file(Self.folder(examples.lowerBound)))
        for index in examples {
            try Task.checkCancellation()
            let name = { file(Self.picture(index, $0)) }
            // The target comes last; where it is, the example is whole.
            if FileManager.default.fileExists(atPath: name("target")) { continue }
            for (part, bytes) in try pictures(index) { try put(Data(bytes), at: name(part)) }
        }
    }

    /// Writes what names the pictures of all parts: `train.json` and `attributes.jsonl`. Shards need nothing.
    public func writeLists() throws {
        guard format == .json else { return }
        var entries: [PairedEntry] = []
        var lines = Data()
        let encoder = Self.encoder()
        for index in 0..<count {
            if index % unit == 0 { try Task.checkCancellation() }
            let record = ExampleRecord(index, in: world, hasMasks: hasMasks) { Self.picture(index, $0) }
            entries.append(PairedEntry(record))
            lines += try encoder.encode(record) + Data("\n".utf8)
        }
        try put(lines, at: file("attributes.jsonl"))
        try put(Self.encoder(.prettyPrinted).encode(entries), at: file("train.json"))
    }

    private func writeShard(_ number: Int, _ examples: Range<Int>) throws {
        let path = file("shard-\(Self.digits(number)).tar")
        if FileManager.default.fileExists(atPath: path) { return }
        try TarArchive.write(to: path) { archive in
            for index in examples {
                try Task.checkCancellation()
                let name = { (part: String) in "\(Self.digits(index)).\(part).png" }
                let record = ExampleRecord(index, in: world, hasMasks: hasMasks, file: name)
                try archive.add("\(Self.digits(index)).json", Array(Self.encoder().encode(record)))
                for (part, bytes) in try pictures(index) { try archive.add(name(part), bytes) }
            }
        }
    }

    /// PNG files of an example, the target last.
    private func pictures(_ index: Int) throws -> [(part: String, bytes: [UInt8])] {
        let example = world.example(at: index)
        var parts = example.references.enumerated().map { ("ref\($0.offset)", $0.element) }
        if hasMasks { parts += example.referenceMasks.enumerated().map { ("mask\($0.offset)", $0.element) } }
        return try (parts + [("target", example.target)]).map { ($0.0, try PictureFile.encoded($0.1, as: .png)) }
    }

    // MARK: Names and bytes

    private func file(_ name: String) -> String { URL(fileURLWithPath: directory).appendingPathComponent(name).path }

    private static func folder(_ index: Int) -> String { "pictures/\(digits(index / folderSize))" }

    private static func picture(_ index: Int, _ part: String) -> String { "\(folder(index))/\(digits(index)).\(part).png" }

    private static func digits(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, 6 - text.count)) + text
    }

    private static func encoder(_ formatting: JSONEncoder.OutputFormatting = []) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, formatting]
        return encoder
    }

    private func makeFolder(_ path: String) throws(WorldError) {
        do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
            throw .unwritable(path: path, reason: error.localizedDescription)
        }
    }

    private func put(_ data: Data, at path: String) throws(WorldError) {
        do { try data.write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
            throw .unwritable(path: path, reason: error.localizedDescription)
        }
    }
}
