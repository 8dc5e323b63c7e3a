/// The sentencepiece tokenizer of T5, ids as the official programs get them.
///
/// Normalization and the unigram search are sentencepiece's own. Around them: literal special tokens, truncation and the
/// final `</s>`. Source: transformers 4.43, `T5Tokenizer` with `legacy=True`.
public struct UnigramTokenizer: TextTokenizer {
    /// The id of `<pad>`.
    public let paddingID: Int
    /// The id of `</s>`, which ends every text.
    public let endID: Int
    /// Pieces of the model and the extra ids above them.
    public let vocabularySize: Int

    private let model: SentencePieceModel
    private let literals: LiteralTokens
    /// Tokens behind the model's and the extra ones; nil where none are added.
    private let added: LiteralTokens?

    /// Number of `<extra_id_N>` tokens above the model's pieces; `<extra_id_0>` is the highest.
    private static let extraTokenCount = 100

    /// Reads a sentencepiece model file.
    ///
    /// - Parameters:
    ///   - modelPath: the file that checkpoints call `spiece.model`.
    ///   - tableRows: rows of the encoder's embedding table. Where it has none for the 100 extra ids, `<extra_id_N>` is
    ///     text like other text. By default there are extra ids, as in T5.
    ///   - added: texts that count as tokens wherever they stand in a text once it is normalized; their ids follow all others.
    /// - Throws: `TokenizerError` where the file is absent, damaged or has no `</s>` or `<pad>`.
    public init(modelPath: String, tableRows: Int? = nil, adding added: [String] = []) throws(TokenizerError) {
        model = try SentencePieceModel(path: modelPath)
        paddingID = try model.controlID("<pad>")
        endID = try model.controlID("</s>")
        let full = model.pieceCount + Self.extraTokenCount
        let hasExtras = tableRows.map { $0 >= full } ?? true
        let ownSize = hasExtras ? full : model.pieceCount
        vocabularySize = ownSize + added.count
        self.added = added.isEmpty ? nil : LiteralTokens(added.enumerated().map {
            LiteralTokens.Token(text: $1, id: ownSize + $0, absorbsSpace: false)
        })

        let extras = (0..<(hasExtras ? Self.extraTokenCount : 0)).map {
            LiteralTokens.Token(text: "<extra_id_\($0)>", id: full - 1 - $0, absorbsSpace: true)
        }
        literals = LiteralTokens(extras + [
            .init(text: "<pad>", id: paddingID, absorbsSpace: false),
            .init(text: "</s>", id: endID, absorbsSpace: false),
            .init(text: "<unk>", id: model.unknownID, absorbsSpace: false),
        ])
    }

    /// Ids of `text`, at most `maxLength`; the last is `</s>`, never twice in a row through its own doing.
    public func ids(_ text: String, maxLength: Int) throws(TokenizerError) -> [Int] {
        guard maxLength >= 1 else { throw .lengthTooSmall(maxLength, minimum: 1) }
        var ids: [Int] = []
        for piece in literals.pieces(text) {
            switch piece {
            case .token(let token): ids.append(token.id)
            case .text(let part): ids += try self.ids(String(part))
            }
            if ids.count >= maxLength { break }
        }
        if ids.count >= maxLength { ids.removeLast(ids.count - (maxLength - 1)) }
        // The tokenizer with added tokens, unlike the other, ends a text that ends in `</s>` once more.
        return ids.last == endID && added == nil ? ids : ids + [endID]
    }

    /// The ids of a text without special tokens.
    ///
    /// Added tokens are looked for in the normalized text, and cut it into parts that are words of their own: a space before a token
    /// stays as a mark without a word, one behind it is the mark that every part begins with.
    private func ids(_ text: String) throws(TokenizerError) -> [Int] {
        guard let added else { return try model.ids(text) }
        let pieces = added.pieces(try normalized(text))
        var ids: [Int] = []
        for (index, piece) in pieces.enumerated() {
            switch piece {
            case .token(let token): ids.append(token.id)
            case .text(let part):
                ids += try model.ids(String(part))
                if index < pieces.count - 1, part.last == " " { ids.append(try model.wordMarkID()) }
            }
        }
        return ids
    }

    /// The text in the characters of the vocabulary, spaces for marks, without the mark that sentencepiece puts in front.
    private func normalized(_ text: String) throws(TokenizerError) -> String {
        let marked = try model.normalized(text).replacing(SentencePieceModel.wordMark, with: " ")
        let plain = marked.hasPrefix(" ") ? String(marked.dropFirst()) : marked
        // sentencepiece drops spaces at the start, which matter where a token follows.
        return text.unicodeScalars.first.map(PythonText.isSpace) == true ? " " + plain : plain
    }
}
