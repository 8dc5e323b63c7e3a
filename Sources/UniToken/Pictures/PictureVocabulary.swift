import Foundation


/// Which token stands for which code of a picture, and the tokens around them.
///
/// Source: Chameleon, `VocabInfo` and `VocabTranslation`; UniToken, data/item_processor.
public struct PictureVocabulary: Sendable, Equatable {
    /// The token of each code.
    public let tokens: [Int]
    /// The code of each token; nil for tokens of other kinds.
    public let codes: [Int?]

    /// - Parameters:
    ///   - path: a `text_tokenizer.json`, of which only `model.vocab` is read: names `IMGIMG…Z` tell the codes.
    ///   - codeCount: codes that the picture tokenizer has.
    /// - Throws: `UniTokenError.vocabulary` where a code has no token, or a name no code.
    public init(path: String, codeCount: Int) throws {
        let ids = try Self.vocabulary(path)
        var tokens = [Int](repeating: -1, count: codeCount), codes: [Int?] = []
        for (name, id) in ids where name.hasPrefix(Self.prefix) {
            guard let code = Self.code(name) else { continue }
            guard code < codeCount, (0..<1 << 24).contains(id) else {
                throw UniTokenError.vocabulary(file: path, problem: "'\(name)' with the id \(id) stands for code \(code), and the picture tokenizer has \(codeCount) codes")
            }
            tokens[code] = id
            if codes.count <= id { codes += [Int?](repeating: nil, count: id + 1 - codes.count) }
            codes[id] = code
        }
        if let absent = tokens.firstIndex(of: -1) {
            throw UniTokenError.vocabulary(file: path, problem: "it has no token '\(Self.name(absent))' for code \(absent) of \(codeCount)")
        }
        (self.tokens, self.codes) = (tokens, codes)
    }

    /// The code of a token; nil for other tokens.
    public func code(_ token: Int) -> Int? { codes.indices.contains(token) ? codes[token] : nil }

    private static let prefix = "IMGIMG"
    private static let zero = UInt8(ascii: "A")

    /// The number in a name: its decimal digits are the letters A to J, and Z ends it.
    static func code(_ name: String) -> Int? {
        let digits = name.utf8.dropFirst(prefix.utf8.count).dropLast()
        guard name.utf8.last == UInt8(ascii: "Z"), (1...8).contains(digits.count), digits.allSatisfy({ (zero..<zero + 10).contains($0) }) else { return nil }
        return digits.reduce(0) { 10 * $0 + Int($1 - zero) }
    }

    /// The name of a code's token.
    static func name(_ code: Int) -> String {
        prefix + String(decoding: String(code).utf8.map { $0 - UInt8(ascii: "0") + zero }, as: UTF8.self) + "Z"
    }

    private struct Stored: Decodable {
        let model: Model

        struct Model: Decodable {
            let vocab: [String: Int]
        }
    }

    private static func vocabulary(_ path: String) throws -> [String: Int] {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: 256 << 20) else {
            throw UniTokenError.configuration(path, problem: "it cannot be read")
        }
        guard let stored = try? JSONDecoder().decode(Stored.self, from: data) else {
            throw UniTokenError.configuration(path, problem: "expected JSON whose model.vocab holds tokens and their ids")
        }
        return stored.model.vocab
    }
}
