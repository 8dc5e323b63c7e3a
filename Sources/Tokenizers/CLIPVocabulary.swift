import Foundation

/// Reads `vocab.json` and `merges.txt`.
enum CLIPVocabulary {
    /// How many merges CLIP takes from the file, however many it holds: 49152 symbols less two times 256 bytes and the two
    /// special tokens, as its source computes it (`merges[1 : 49152 - 256 - 2 + 1]`).
    private static let mergeLimit = 49152 - 256 - 2

    /// Ids by symbol.
    static func ids(_ path: String) throws(TokenizerError) -> [String: Int] {
        let ids: [String: Int]
        do {
            ids = try JSONDecoder().decode([String: Int].self, from: TokenizerFile.bytes(path))
        } catch let error as TokenizerError {
            throw error
        } catch {
            throw .malformed(file: path, reason: "expected a JSON object of symbols and whole numbers")
        }
        if let wrong = ids.first(where: { !(0..<(1 << 31)).contains($0.value) }) {
            throw .malformed(file: path, reason: "the id of '\(wrong.key)' is \(wrong.value), expected 0 or more")
        }
        return ids
    }

    /// Pairs of symbols, the first merge first. The first line of the file is a version comment and is passed over.
    static func merges(_ path: String) throws(TokenizerError) -> [(left: Substring, right: Substring)] {
        let text = try TokenizerFile.text(path)
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        while let last = lines.last, last.allSatisfy(PythonText.isSpace) { lines.removeLast() }
        guard lines.count > 1 else { throw .malformed(file: path, reason: "it holds no merges") }

        var merges: [(left: Substring, right: Substring)] = []
        merges.reserveCapacity(lines.count)
        for (number, line) in lines.enumerated().dropFirst().prefix(mergeLimit) {
            let parts = line.split(whereSeparator: PythonText.isSpace)
            guard parts.count == 2 else {
                throw .malformed(file: path, reason: "line \(number + 1) has \(parts.count) symbols, expected 2")
            }
            merges.append((Substring(parts[0]), Substring(parts[1])))
        }
        return merges
    }
}
