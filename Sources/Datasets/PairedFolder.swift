public import Imaging
internal import Foundation

/// A list of examples in the official format, beside the pictures it names.
///
/// A JSON array of `{"prompt", "image_tgt_path", "image_paths"}`, or JSON Lines with one such object a line. Paths are
/// relative to the list's folder. As in the official program a single "image_path" stands for a list of one and goes before
/// "image_paths"; without either, or with an empty list, an example has no references. Other keys are ignored.
/// Source: UNO, dataset/uno.py, `FluxPairedDatasetV2`.
public struct PairedFolder: ExampleSource {
    /// The list as given.
    public let path: String
    private let folder: String
    private let entries: [PairedEntry]
    private let reading: PictureReading

    /// Reads and checks every entry of the list; pictures are opened only when an example is asked for.
    ///
    /// - Parameters:
    ///   - path: The JSON or JSON Lines file.
    ///   - reading: Limits for the pictures. EXIF orientation is not applied by default, as in the official program.
    /// - Throws: `DatasetsError` with the file, the entry's number counted from 0 (or the line's from 1) and the field.
    public init(path: String, reading: PictureReading = PictureReading()) throws(DatasetsError) {
        self.path = path
        self.reading = reading
        folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        entries = try PairedEntry.list(path: path)
        if entries.isEmpty { throw .noExamples(path: path, problem: "the list is empty. Check that it is the list meant") }
    }

    /// Entries of the list.
    public var count: Int? { entries.count }

    public func referenceCount(at index: Int) -> Int { entries[index].referencePaths.count }

    /// Decodes the pictures of one entry; throws `ImagingError` with the path of the one that fails.
    public func example(at index: Int) throws -> TrainingExample {
        let entry = entries[index]
        return TrainingExample(
            name: "\(listName)[\(index)]: \(entry.targetPath)",
            prompt: entry.prompt,
            target: try picture(entry.targetPath),
            references: try entry.referencePaths.map(picture))
    }

    private var listName: Substring { path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...] }

    private func picture(_ relative: String) throws -> PixelImage {
        try PictureFile.read(relative.hasPrefix("/") ? relative : folder + relative, reading).rgb()
    }
}
