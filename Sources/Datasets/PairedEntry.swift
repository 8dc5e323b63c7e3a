internal import Foundation

/// One entry of a list in the official format.
struct PairedEntry: Sendable {
    let prompt: String
    let targetPath: String
    let referencePaths: [String]

    /// All entries of a JSON or JSON Lines file.
    static func list(path: String) throws(DatasetsError) -> [PairedEntry] {
        let file = try ReadableFile(path: path)
        var text = Data(try file.read(at: 0, count: file.length()))
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        guard let first = text.first(where: { !Self.isSpace($0) }) else {
            throw .malformedList(path: path, problem: "it is empty")
        }
        return first == UInt8(ascii: "[") ? try array(text, path: path) : try lines(text, path: path)
    }

    private static func array(_ text: Data, path: String) throws(DatasetsError) -> [PairedEntry] {
        let raw: [RawEntry]
        do { raw = try JSONDecoder().decode([RawEntry].self, from: text) } catch {
            throw problem(error, path: path, place: nil)
        }
        var entries: [PairedEntry] = []
        entries.reserveCapacity(raw.count)
        for (number, entry) in raw.enumerated() { entries.append(try entry.checked(path: path, place: "entry \(number)")) }
        return entries
    }

    private static func lines(_ text: Data, path: String) throws(DatasetsError) -> [PairedEntry] {
        let decoder = JSONDecoder()
        var entries: [PairedEntry] = []
        for (number, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy(isSpace) { continue }
            let place = "line \(number + 1)"
            let raw: RawEntry
            do { raw = try decoder.decode(RawEntry.self, from: line) } catch { throw problem(error, path: path, place: place) }
            entries.append(try raw.checked(path: path, place: place))
        }
        return entries
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    // MARK: Errors

    /// - Parameter place: Where the decoder began, or nil where it began at the array.
    private static func problem(_ error: any Error, path: String, place: String?) -> DatasetsError {
        guard let error = error as? DecodingError else { return .malformedList(path: path, problem: reason(error)) }
        var keys: [any CodingKey] = [], text = ""
        switch error {
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            (keys, text) = (context.codingPath, "it is not \(name(of: type))")
        case .keyNotFound(_, let context), .dataCorrupted(let context):
            (keys, text) = (context.codingPath, syntaxProblem(context))
        @unknown default: text = reason(error)
        }
        var place = place
        if place == nil, let index = keys.first?.intValue {
            place = "entry \(index)"
            keys.removeFirst()
        }
        guard let place else { return .malformedList(path: path, problem: text) }
        return .malformedEntry(path: path, place: place, field: field(keys), problem: text)
    }

    /// "image_paths[1]" for the keys of the second path.
    private static func field(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { text, key in text += key.intValue.map { "[\($0)]" } ?? key.stringValue }
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is [Any].Type, is [String].Type: "a list"
        default: "an object with the keys of an example"
        }
    }

    /// The parser's own words, which name line and column.
    private static func syntaxProblem(_ context: DecodingError.Context) -> String {
        let detail = context.underlyingError.map(reason) ?? context.debugDescription
        return "it is not valid JSON (\(detail.prefix(200)))"
    }

    private static func reason(_ error: any Error) -> String {
        let cocoa = error as NSError
        return cocoa.userInfo[NSDebugDescriptionErrorKey] as? String ?? cocoa.localizedDescription
    }
}

/// An entry as written.
private struct RawEntry: Decodable {
    let prompt: String?
    let image_tgt_path: String?
    let image_path: String?
    let image_paths: [String]?

    func checked(path: String, place: String) throws(DatasetsError) -> PairedEntry {
        func fail(_ field: String, _ problem: String) -> DatasetsError {
            .malformedEntry(path: path, place: place, field: field, problem: problem)
        }
        guard let prompt else { throw fail("prompt", "it is missing") }
        guard let image_tgt_path else { throw fail("image_tgt_path", "it is missing") }
        if !Self.isPath(image_tgt_path) { throw fail("image_tgt_path", "it is no path to a picture") }
        let references = image_path.map { [$0] } ?? image_paths ?? []
        for (number, reference) in references.enumerated() where !Self.isPath(reference) {
            throw fail(image_path == nil ? "image_paths[\(number)]" : "image_path", "it is no path to a picture")
        }
        return PairedEntry(prompt: prompt, targetPath: image_tgt_path, referencePaths: references)
    }

    private static func isPath(_ text: String) -> Bool { !text.isEmpty && !text.utf8.contains(0) && !text.hasSuffix("/") }
}
