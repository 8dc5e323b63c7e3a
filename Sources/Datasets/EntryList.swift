internal import Foundation

/// An object of a list: of examples, of scenes, of pictures to draw.
package protocol ListEntry: Decodable, Sendable {
    /// The object's keys, as messages say what was expected: `{"prompt", "image_tgt_path"}`.
    static var form: String { get }
}

/// The objects of a JSON array, or of JSON Lines with one a line; other keys than an entry's own are ignored.
package struct EntryList<Entry: ListEntry>: Sendable {
    package let path: String
    /// With where each stands, for messages: "entry 12" from 0, or "line 12" from 1.
    package let entries: [(place: String, entry: Entry)]

    /// Reads the whole file.
    ///
    /// - Throws: `DatasetsError.unreadable`, `.malformedList`, or `.malformedEntry` with the place and the field.
    package init(path: String) throws(DatasetsError) {
        let file = try ReadableFile(path: path)
        var text = Data(try file.read(at: 0, count: file.length()))
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        guard let first = text.first(where: { !Self.isSpace($0) }) else {
            throw .malformedList(path: path, problem: "it is empty", expected: Entry.form)
        }
        self.path = path
        entries = first == UInt8(ascii: "[") ? try Self.array(text, path: path) : try Self.lines(text, path: path)
    }

    /// An entry whose values cannot be used.
    ///
    /// - Parameter field: its key, "" for the entry itself.
    package func problem(_ place: String, _ field: String, _ problem: String) -> DatasetsError {
        .malformedEntry(path: path, place: place, field: field, problem: problem)
    }

    private static func array(_ text: Data, path: String) throws(DatasetsError) -> [(place: String, entry: Entry)] {
        do {
            return try JSONDecoder().decode([Entry].self, from: text).enumerated().map { ("entry \($0.offset)", $0.element) }
        } catch {
            throw problem(error, path: path, place: nil)
        }
    }

    private static func lines(_ text: Data, path: String) throws(DatasetsError) -> [(place: String, entry: Entry)] {
        let decoder = JSONDecoder()
        var entries: [(place: String, entry: Entry)] = []
        for (number, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy(isSpace) { continue }
            let place = "line \(number + 1)"
            do { entries.append((place, try decoder.decode(Entry.self, from: line))) } catch {
                throw problem(error, path: path, place: place)
            }
        }
        return entries
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    // MARK: Errors

    /// - Parameter place: Where the decoder began, or nil where it began at the array.
    private static func problem(_ error: any Error, path: String, place: String?) -> DatasetsError {
        guard let error = error as? DecodingError else { return .malformedList(path: path, problem: reason(error), expected: Entry.form) }
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
        guard let place else { return .malformedList(path: path, problem: text, expected: Entry.form) }
        return .malformedEntry(path: path, place: place, field: field(keys), problem: text)
    }

    /// "image_paths[1]" for the keys of the second path, "subjects[0].box" for those of a part's value.
    private static func field(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { text, key in
            text += key.intValue.map { "[\($0)]" } ?? (text.isEmpty ? key.stringValue : ".\(key.stringValue)")
        }
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Double.Type: "a number"
        case is UInt64.Type: "a whole number from 0"
        case is [Any].Type, is [String].Type, is [Double].Type: "a list"
        default: "an object with the keys \(Entry.form)"
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

extension String {
    /// Whether a list may name a file so.
    package var isFilePath: Bool { !isEmpty && !utf8.contains(0) && !hasSuffix("/") }
}
