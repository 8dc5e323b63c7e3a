/// The byte-pair tokenizer of CLIP, ids as the official programs get them.
///
/// Source: transformers 4.43, `CLIPTokenizer` without ftfy, which the official requirements do not list.
public struct CLIPTokenizer: TextTokenizer {
    static let startToken = "<|startoftext|>"
    static let endToken = "<|endoftext|>"

    /// The id of `<|startoftext|>`.
    public let startID: Int
    /// The id of `<|endoftext|>`, which ends every text, pads it and stands for unknown symbols.
    public let endID: Int
    /// One more than the largest id of the vocabulary.
    public let vocabularySize: Int

    /// The id of `<|endoftext|>`.
    public var paddingID: Int { endID }

    private let encoding: BytePairEncoding
    private let literals: LiteralTokens

    /// Reads CLIP's two tokenizer files.
    ///
    /// - Parameters:
    ///   - vocabulary: path of `vocab.json`, symbol to id.
    ///   - merges: path of `merges.txt`, one pair a line after a version line.
    /// - Throws: `TokenizerError` where a file is absent or damaged, or the vocabulary lacks the two special tokens.
    public init(vocabulary: String, merges: String) throws(TokenizerError) {
        let ids = try CLIPVocabulary.ids(vocabulary)
        guard let startID = ids[Self.startToken] else { throw .missingToken(Self.startToken, file: vocabulary) }
        guard let endID = ids[Self.endToken] else { throw .missingToken(Self.endToken, file: vocabulary) }
        self.startID = startID
        self.endID = endID
        vocabularySize = (ids.values.max() ?? 0) + 1
        encoding = BytePairEncoding(vocabulary: ids, merges: try CLIPVocabulary.merges(merges), unknownID: endID)
        literals = LiteralTokens([
            .init(text: Self.startToken, id: startID, absorbsSpace: false),
            .init(text: Self.endToken, id: endID, absorbsSpace: false),
        ])
    }

    /// Ids of `text` between the start and the end token, at most `maxLength` with both.
    public func ids(_ text: String, maxLength: Int) throws(TokenizerError) -> [Int] {
        guard maxLength >= 2 else { throw .lengthTooSmall(maxLength, minimum: 2) }
        var ids = [startID]
        for piece in literals.pieces(text) {
            if ids.count >= maxLength { break }
            switch piece {
            case .token(let token): ids.append(token.id)
            case .text(let part): appendIDs(of: part, to: &ids, limit: maxLength)
            }
        }
        return ids.prefix(maxLength - 1) + [endID]
    }

    private func appendIDs(of text: Substring.UnicodeScalarView, to ids: inout [Int], limit: Int) {
        for word in CLIPWordPattern.words(BasicTextCleaning.cleaned(text)) {
            if ids.count >= limit { return }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: word)
            let word = String(view)
            switch word {
            case Self.startToken: ids.append(startID)
            case Self.endToken: ids.append(endID)
            default: ids += encoding.ids(word.utf8)
            }
        }
    }
}
