import Datasets
import Foundation
import Imaging

/// A list of pictures with the boxes of their subjects, from a detector or by hand.
///
/// A JSON array, or one object a line: `{"image_tgt_path": "…", "prompt": "…", "subjects": [{"name": "a star toy", "box": [x, y, w, h]}]}`.
/// Paths start from the list's folder, boxes are in pixels; without a box the whole picture is the subject. A subject with an
/// `image_path` has that reference already, as where a further subject was found in the target of a pair. Other keys are ignored.
public struct SceneList: SceneSource {
    public let origin: String
    private let folder: String
    private let name: String
    private let entries: [Entry]

    private struct Entry: Sendable {
        let path: String
        let prompt: String
        let subjects: [(name: String, box: SubjectBox?, reference: String?)]
    }

    /// Scenes that most things can be asked for in.
    private static let otherScenes = [
        "on a wooden table", "on the grass in a park", "on a sandy beach", "in the snow", "on a city street", "in a bright kitchen",
        "on a bookshelf", "on a plain white background",
    ]

    /// Reads and checks every entry; pictures are opened when a scene is asked for.
    ///
    /// - Parameter needsPrompts: whether entries must say what their picture shows.
    /// - Throws: `DatasetsError` with the file, the entry and the field.
    public init(path: String, needsPrompts: Bool = true) throws {
        let list = try EntryList<ListedScene>(path: path)
        entries = try list.entries.map { place, entry in try entry.checked(list, place, needsPrompt: needsPrompts) }
        guard !entries.isEmpty else { throw DatasetsError.noExamples(path: path, problem: "the list is empty. Check that it is the list meant") }
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        let file = URL(fileURLWithPath: path).standardizedFileURL
        origin = "\(file.path), checksum \(String(XXHash64.hash(bytes), radix: 16))"
        folder = file.deletingLastPathComponent().path
        name = file.lastPathComponent
    }

    public var count: Int? { entries.count }

    public func scene(at index: Int) throws -> SubjectScene {
        let entry = entries[index]
        let file = absolute(entry.path), picture = try PictureFile.read(file).rgb()
        for reference in entry.subjects.compactMap(\.reference) { _ = try PictureFile.information(of: absolute(reference)) }
        return SubjectScene(
            name: "\(name)[\(index)]: \(entry.path)", picture: picture, file: file, prompt: entry.prompt,
            subjects: entry.subjects.map { subject in
                SubjectScene.Subject(name: subject.name, box: subject.box ?? SubjectBox(of: picture), reference: subject.reference.map(absolute))
            }, otherScenes: Self.otherScenes)
    }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : URL(fileURLWithPath: "\(folder)/\(path)").standardizedFileURL.path
    }

    /// An entry as written.
    private struct ListedScene: ListEntry {
        static let form = #"{"image_tgt_path", "prompt", "subjects": [{"name", "box": [x, y, width, height]}]}"#

        let image_tgt_path: String?
        let prompt: String?
        let subjects: [Subject]?

        struct Subject: Decodable {
            let name: String?
            let box: [Double]?
            let image_path: String?
        }

        func checked(_ list: EntryList<ListedScene>, _ place: String, needsPrompt: Bool) throws(DatasetsError) -> Entry {
            guard let image_tgt_path else { throw list.problem(place, "image_tgt_path", "it is missing") }
            if !image_tgt_path.isFilePath { throw list.problem(place, "image_tgt_path", "it is no path to a picture") }
            if needsPrompt, prompt?.allSatisfy(\.isWhitespace) ?? true { throw list.problem(place, "prompt", "it is missing or empty") }
            guard let subjects, !subjects.isEmpty else { throw list.problem(place, "subjects", "it is missing or empty") }
            var checked: [(name: String, box: SubjectBox?, reference: String?)] = []
            for (number, subject) in subjects.enumerated() {
                guard let name = subject.name, !name.allSatisfy(\.isWhitespace) else {
                    throw list.problem(place, "subjects[\(number)].name", "it is missing or empty")
                }
                if let box = subject.box, box.count != 4 || !box.allSatisfy({ abs($0) <= 1e6 }) || box[2] <= 0 || box[3] <= 0 {
                    throw list.problem(place, "subjects[\(number)].box", "it is not [left, top, width, height] in pixels")
                }
                if let path = subject.image_path, !path.isFilePath {
                    throw list.problem(place, "subjects[\(number)].image_path", "it is no path to a picture")
                }
                checked.append((name, subject.box.map { SubjectBox(left: $0[0], top: $0[1], width: $0[2], height: $0[3]) }, subject.image_path))
            }
            return Entry(path: image_tgt_path, prompt: prompt ?? "", subjects: checked)
        }
    }
}
