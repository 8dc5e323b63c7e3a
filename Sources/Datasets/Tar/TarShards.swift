public import Imaging
internal import Foundation

/// Examples in WebDataset archives, read where they lie.
///
/// Members of one sample share the part of their path before the file name's first dot: `0001.json` with a "prompt" (or
/// `0001.txt`), `0001.target.png`, `0001.ref0.png`, `0001.ref1.png` …; `0001.jpg` alone is a target without references;
/// `0001.mask0.png` … are subject masks. Pictures may be PNG, JPEG or WebP; other members are ignored.
public struct TarShards: ExampleSource {
    /// The archives in order.
    public let paths: [String]
    /// Samples left out: no picture to learn, no text, or a gap in the numbers of the references. "shard-000.tar: 0001".
    public let incompleteSamples: [String]

    private let samples: [TarIndex.Sample]
    /// `ends[i]`: samples in the archives up to and with `paths[i]`.
    private let ends: [Int]
    private let reading: PictureReading

    /// Longest text member read, in bytes.
    private static let textLimit = 16 << 20

    /// Reads the headers of all archives, which seeks over the data.
    ///
    /// - Parameters:
    ///   - pattern: A path, or several: `data/shard-{000..012}.tar`, `data/*.tar`.
    ///   - reading: Limits for the pictures.
    /// - Throws: `DatasetsError` naming the archive; a damaged or incomplete archive is refused as a whole.
    public init(_ pattern: String, reading: PictureReading = PictureReading()) throws(DatasetsError) {
        paths = try ShardPattern(pattern).paths
        self.reading = reading
        var samples: [TarIndex.Sample] = [], ends: [Int] = [], incomplete: [String] = []
        for path in paths {
            let index = try Self.index(path)
            samples += index.samples
            ends.append(samples.count)
            incomplete += index.incompleteKeys.map { "\(Self.fileName(path)): \($0)" }
        }
        if samples.isEmpty {
            let found = incomplete.isEmpty ? "no member is named like one" : "\(incomplete.count) samples lack a picture or a text"
            throw .noExamples(path: pattern, problem: "\(found); expected 0001.json or 0001.txt beside 0001.target.png, 0001.ref0.png …")
        }
        (self.samples, self.ends, incompleteSamples) = (samples, ends, incomplete)
    }

    /// Samples of all archives.
    public var count: Int? { samples.count }

    public func referenceCount(at index: Int) -> Int { samples[index].references.count }

    /// Reads and decodes the members of one sample; throws `ImagingError` or `DatasetsError` naming archive and sample.
    public func example(at index: Int) throws -> TrainingExample {
        let sample = samples[index]
        let path = paths[shard(of: index)]
        let file = try ReadableFile(path: path)
        let name = "\(Self.fileName(path)): \(sample.key)"
        let picture = { (member: TarMember) in
            let memberName = "\(Self.fileName(path)): \(member.name)"
            if member.size > reading.byteLimit {
                throw ImagingError.fileTooLarge(path: memberName, byteCount: member.size, limit: reading.byteLimit)
            }
            return try PictureFile.read(bytes: Self.contents(member, of: file), name: memberName, reading)
        }
        let target = try picture(sample.target).rgb()
        let masks = try sample.masks.map { try picture($0).firstChannel() }
        return TrainingExample(
            name: name, prompt: try Self.prompt(of: sample, name: name, file), target: target,
            references: try sample.references.map { try picture($0).rgb() }, subjectMasks: masks)
    }

    // MARK: Parts

    /// The first archive whose end lies behind the index.
    private func shard(of index: Int) -> Int {
        var (low, high) = (0, ends.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] > index { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private static func index(_ path: String) throws(DatasetsError) -> TarIndex {
        let file = try ReadableFile(path: path)
        let length = try file.length()
        if length == 0 { throw .damagedArchive(path: path, offset: 0, problem: "it is empty") }
        do throws(TarProblem) { return try TarIndex(FileWindow(file, count: length)) } catch {
            throw .damagedArchive(path: path, offset: error.offset, problem: error.text)
        }
    }

    private static func contents(_ member: TarMember, of file: ReadableFile) throws(DatasetsError) -> [UInt8] {
        let bytes = try file.read(at: member.offset, count: member.size)
        guard bytes.count == member.size else {
            throw .damagedArchive(path: file.path, offset: member.offset, problem: "it became shorter after it was opened")
        }
        return bytes
    }

    private static func prompt(of sample: TarIndex.Sample, name: String, _ file: ReadableFile) throws(DatasetsError) -> String {
        for member in [sample.json, sample.text].compactMap(\.self) where member.size > textLimit {
            throw .malformedSample(name: name, problem: "its text has \(member.size) bytes, at most \(textLimit) are read")
        }
        if let json = sample.json {
            let bytes = try contents(json, of: file)
            guard let fields = try? JSONDecoder().decode(PromptField.self, from: Data(bytes)) else {
                throw .malformedSample(name: name, problem: "\(json.name) is not a JSON object whose \"prompt\" is a text")
            }
            if let prompt = fields.prompt { return prompt }
        }
        guard let text = sample.text else { throw .malformedSample(name: name, problem: "its .json file has no \"prompt\"") }
        return String(decoding: try contents(text, of: file), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func fileName(_ path: String) -> Substring {
        path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    }
}

private struct PromptField: Decodable {
    let prompt: String?
}

/// A file seen through a window that moves with the walk, since small members leave many headers in one window.
private struct FileWindow: TarBytes {
    private static let size = 16 << 10

    let count: Int
    private let file: ReadableFile
    private var window: [UInt8] = []
    private var start = 0

    init(_ file: ReadableFile, count: Int) {
        self.file = file
        self.count = count
    }

    mutating func bytes(at offset: Int, count wanted: Int) throws(TarProblem) -> ArraySlice<UInt8> {
        if offset < start || offset + wanted > start + window.count {
            do throws(DatasetsError) { window = try file.read(at: offset, count: max(wanted, min(Self.size, count - offset))) } catch {
                throw TarProblem(offset: offset, text: "it cannot be read there (\(error))")
            }
            start = offset
        }
        return window.dropFirst(offset - start).prefix(wanted)
    }
}

extension PixelImage {
    /// Gray: the picture itself, or its first channel.
    fileprivate func firstChannel() -> PixelImage {
        if layout == .gray { return self }
        return PixelImage(width: width, height: height, layout: .gray, pixels: stride(from: 0, to: pixels.count, by: channelCount).map { pixels[$0] })
    }
}
