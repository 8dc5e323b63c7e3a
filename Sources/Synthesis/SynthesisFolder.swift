import Foundation
import Imaging

/// The output folder, shared by the processes that fill it.
///
/// ```
/// settings.json              what was asked for, and where scenes come from
/// pictures/000/000012.json   what was made of scene 12, written last: where it is, the scene is finished
/// pictures/000/000012.*.png  target (of the world), crop0, ref0, crop1, …
/// train.json                 the pairs that were kept
/// crops.json                 the same pairs with crops for references
/// summary.json  report.html
/// ```
struct SynthesisFolder: Sendable {
    let path: String

    /// What the pictures of a folder were made from.
    private struct Origin: Codable {
        let scenes: String
        let settings: SynthesisSettings
    }

    /// Makes the folder, or takes the one that was begun with the same settings.
    ///
    /// - Throws: `SynthesisError.hasPairs` where finished scenes are not to be continued, `.otherPairs`, `.unwritable`.
    func claim(_ origin: String, _ settings: SynthesisSettings, count: Int, resumes: Bool) throws(SynthesisError) {
        try make(path)
        let new = Self.json(Origin(scenes: origin, settings: settings)), file = "\(path)/settings.json"
        if let old = FileManager.default.contents(atPath: file) {
            let finished = (0..<count).count { FileManager.default.fileExists(atPath: record($0)) }
            guard resumes || finished == 0 else { throw .hasPairs(folder: path, count: finished) }
            if let difference = Self.difference(old, new), finished > 0 { throw .otherPairs(folder: path, difference: difference) }
        }
        try write(new, to: "settings.json")
    }

    /// The first value in which two files of settings differ: "tryCount: 4 here, 2 there".
    private static func difference(_ old: Data, _ new: Data) -> String? {
        func values(_ data: Data) -> [String: String] {
            let object = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
            var values = (object["settings"] as? [String: Any] ?? [:]).mapValues { "\($0)" }
            values["scenes"] = object["scenes"].map { "\($0)" }
            return values
        }
        let (old, new) = (values(old), values(new))
        for key in Set(old.keys).union(new.keys).sorted() where old[key] != new[key] {
            return "\(key): \(new[key] ?? "the model's own") here, \(old[key] ?? "the model's own") there"
        }
        return nil
    }

    // MARK: Scenes

    /// The finished record of a scene; nil where there is none, or one that is to be tried again.
    func finished(_ index: Int) -> SceneRecord? {
        guard let record = read(index), record.problem == nil else { return nil }
        return record
    }

    func read(_ index: Int) -> SceneRecord? {
        FileManager.default.contents(atPath: record(index)).flatMap { try? JSONDecoder().decode(SceneRecord.self, from: $0) }
    }

    func add(_ record: SceneRecord) throws(SynthesisError) {
        try write(Self.json(record), to: Self.name(record.index, "json"))
    }

    /// Writes one of a scene's pictures, and gives back its name in the folder.
    ///
    /// - Parameter part: "target", "crop0", "ref0" and so on.
    func write(_ picture: PixelImage, _ index: Int, _ part: String) throws -> String {
        let name = Self.name(index, "\(part).png")
        try make("\(path)/\(Self.group(index))")
        try PictureFile.write(picture, to: "\(path)/\(name)")
        return name
    }

    private func record(_ index: Int) -> String { "\(path)/\(Self.name(index, "json"))" }
    private static func group(_ index: Int) -> String { "pictures/\(String(format: "%03d", index / 1000))" }
    private static func name(_ index: Int, _ end: String) -> String { "\(group(index))/\(String(format: "%06d", index)).\(end)" }

    // MARK: Files

    private func make(_ folder: String) throws(SynthesisError) {
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw .unwritable(file: folder, problem: "the folder cannot be made")
        }
    }

    /// Writes a file whole or not at all.
    func write(_ data: Data, to name: String) throws(SynthesisError) {
        let file = "\(path)/\(name)"
        try make((file as NSString).deletingLastPathComponent)
        do { try data.write(to: URL(fileURLWithPath: file), options: .atomic) } catch {
            throw .unwritable(file: file, problem: error.localizedDescription)
        }
    }

    func remove(_ name: String) { try? FileManager.default.removeItem(atPath: "\(path)/\(name)") }

    /// Pretty, with keys in order; all values are finite.
    static func json(_ value: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return ((try? encoder.encode(value)) ?? Data("{}".utf8)) + Data("\n".utf8)
    }
}
