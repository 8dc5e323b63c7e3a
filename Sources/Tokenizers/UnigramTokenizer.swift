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

    /// Reads a sentencepiece model file.
    ///
    /// - Parameters:
    ///   - modelPath: the file that checkpoints call `spiece.model`.
    ///   - extraTokenCount: how many `<extra_id_N>` lie above the model's pieces, `<extra_id_0>` the highest.
    /// - Throws: `TokenizerError` where the file is absent, damaged or has no `</s>`, `<pad>` or `<unk>`.
    public init(modelPath: String, extraTokenCount: Int = 100) throws(TokenizerError) {
        precondition(extraTokenCount >= 0, "extraTokenCount must not be negative, got \(extraTokenCount)")
        model = try SentencePieceModel(path: modelPath)
        paddingID = try model.controlID("<pad>")
        endID = try model.controlID("</s>")
        let size = model.pieceCount + extraTokenCount
        vocabularySize = size

        let extras = (0..<extraTokenCount).map { LiteralTokens.Token(text: "<extra_id_\($0)>", id: size - 1 - $0, absorbsSpace: true) }
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
            case .text(let part): ids += try model.ids(String(part))
            }
            if ids.count >= maxLength { break }
        }
        if ids.count >= maxLength { ids.removeLast(ids.count - (maxLength - 1)) }
        return ids.last == endID ? ids : ids + [endID]
    }
}
