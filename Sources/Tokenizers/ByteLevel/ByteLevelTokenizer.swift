import Foundation

/// Byte-level byte-pair encoding, as Chameleon's and GPT-2's descendants have it: any text becomes ids and comes back unchanged.
///
/// Read from `tokenizer.json`; ids equal those of Hugging Face's fast tokenizers.
public struct ByteLevelTokenizer: Sendable {
    /// One more than the largest id, added tokens included.
    public let vocabularySize: Int

    private let merges: ByteLevelMerges
    private let preTokenizer: PreTokenizer
    private let literals: LiteralTokens
    private let ids: [String: Int]
    /// By id; nil where there is no token.
    private let tokens: [String?]
    private let specialIDs: Set<Int>

    /// - Parameters:
    ///   - path: a `tokenizer.json`, or the directory that holds it.
    ///   - added: texts that count as tokens besides; their ids follow all others. One that is a token already keeps its id.
    /// - Throws: `TokenizerError` where the file is absent, damaged, or of another kind.
    public init(path: String, adding added: [String] = []) throws(TokenizerError) {
        var isDirectory: ObjCBool = false
        let isFolder = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
        let path = isFolder ? (path as NSString).appendingPathComponent("tokenizer.json") : path
        let file = try ByteLevelFile.read(path)
        do {
            merges = try ByteLevelMerges(file.model)
        } catch {
            throw .malformed(file: path, reason: "its merges use '\(error.symbol)', which its vocabulary lacks")
        }
        do { preTokenizer = try PreTokenizer(file.preTokenizer) } catch { throw .malformed(file: path, reason: error.reason) }

        var ids = file.model.vocab, literals = file.addedTokens.map { LiteralTokens.Token(text: $0.content, id: $0.id, absorbsSpace: false) }
        for token in file.addedTokens { ids[token.content] = token.id }
        for text in added {
            let id = ids[text] ?? (ids.values.max() ?? -1) + 1
            ids[text] = id
            literals.append(.init(text: text, id: id, absorbsSpace: false))
        }
        var tokens = [String?](repeating: nil, count: (ids.values.max() ?? -1) + 1)
        for (text, id) in file.model.vocab { tokens[id] = text }
        // Added tokens go before the vocabulary's.
        for literal in literals { tokens[literal.id] = literal.text }
        self.ids = ids
        self.tokens = tokens
        self.literals = LiteralTokens(literals.filter { !$0.text.isEmpty })
        specialIDs = Set(file.addedTokens.filter(\.special).map(\.id))
        vocabularySize = tokens.count
    }

    /// The id of a token, given as the vocabulary spells it.
    public func id(of token: String) -> Int? { ids[token] }

    /// The vocabulary's spelling of a token.
    public func token(_ id: Int) -> String? { tokens.indices.contains(id) ? tokens[id] : nil }

    /// Ids of `text`, without any token around them. Texts of added tokens are those tokens.
    public func ids(_ text: String) -> [Int] {
        literals.pieces(text).flatMap { piece in
            switch piece {
            case .token(let token): [token.id]
            case .text(let part): preTokenizer.pieces(Substring(part)).flatMap { merges.ids($0.utf8) }
            }
        }
    }

    /// The text of ids; bytes that are no UTF-8 become U+FFFD, ids without a token fall away.
    ///
    /// - Parameter skipsSpecial: leaves out the tokens that the file calls special.
    public func text(_ ids: some Sequence<Int>, skippingSpecial skipsSpecial: Bool = false) -> String {
        String(decoding: ids.flatMap { skipsSpecial && specialIDs.contains($0) ? [] : bytes(of: $0) }, as: UTF8.self)
    }

    /// The bytes of one token; none where there is no such token.
    func bytes(of id: Int) -> [UInt8] { token(id).map(ByteLetters.bytes) ?? [] }
}
