/// One entry of a list in the official format.
struct PairedEntry: Sendable {
    let prompt: String
    let targetPath: String
    let referencePaths: [String]

    /// All entries of a JSON or JSON Lines file.
    static func list(path: String) throws(DatasetsError) -> [PairedEntry] {
        let list = try EntryList<RawEntry>(path: path)
        var entries: [PairedEntry] = []
        entries.reserveCapacity(list.entries.count)
        for (place, entry) in list.entries { entries.append(try entry.checked(list, place)) }
        return entries
    }
}

/// An entry as written.
private struct RawEntry: ListEntry {
    static let form = #"{"prompt", "image_tgt_path", "image_paths"}"#

    let prompt: String?
    let image_tgt_path: String?
    let image_path: String?
    let image_paths: [String]?

    func checked(_ list: EntryList<RawEntry>, _ place: String) throws(DatasetsError) -> PairedEntry {
        guard let prompt else { throw list.problem(place, "prompt", "it is missing") }
        guard let image_tgt_path else { throw list.problem(place, "image_tgt_path", "it is missing") }
        if !image_tgt_path.isFilePath { throw list.problem(place, "image_tgt_path", "it is no path to a picture") }
        let references = image_path.map { [$0] } ?? image_paths ?? []
        for (number, reference) in references.enumerated() where !reference.isFilePath {
            throw list.problem(place, image_path == nil ? "image_paths[\(number)]" : "image_path", "it is no path to a picture")
        }
        return PairedEntry(prompt: prompt, targetPath: image_tgt_path, referencePaths: references)
    }
}
