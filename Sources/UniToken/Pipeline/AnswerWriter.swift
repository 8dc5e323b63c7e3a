package import Generation
package import Imaging
import Tokenizers

/// Turns tokens into events: text as it is completed, rows, and pictures.
package final class AnswerWriter {
    private let model: UniTokenModel
    private let emit: (AnswerEvent) -> Void
    private let previewInterval: Int?
    private var stream: TextStream
    private let limit: Int
    private var count = 0
    package private(set) var pictures: [PixelImage] = []
    /// Tokens of the answer's text, with a mark for each picture.
    private var textIDs: [Int] = []

    /// - Parameter limit: tokens that come at most; the last one completes whatever it can.
    package init(_ model: UniTokenModel, limit: Int, previewInterval: Int?, emit: @escaping (AnswerEvent) -> Void) {
        (self.model, self.limit, self.previewInterval, self.emit) = (model, limit, previewInterval, emit)
        stream = TextStream(model.tokenizer)
    }

    /// A token is chosen, and stands in the grammar.
    package func write(_ id: Int, _ grammar: PictureGrammar) throws {
        let special = model.tokens.special
        count += 1
        if id == special.endOfTurn { return emit(.token(id: id, text: stream.finish())) }
        if id == special.endOfPicture, let image = try? model.picture(grammar.inner) {
            pictures.append(image)
            textIDs.append(special.mark)
            // What waits in the stream ends before the mark, and the mark itself is no text.
            emit(.token(id: id, text: String(stream.append(special.mark).dropLast(SpecialTokens.markText.count))))
            return emit(.picture(number: pictures.count, image: image))
        }
        guard !grammar.isInPicture else {
            emit(.token(id: id, text: ""))
            guard let (row, count) = grammar.finishedRow else { return }
            let isShown = previewInterval.map { $0 > 0 && row % $0 == 0 && row < count } ?? false
            let preview = isShown ? try model.picture(grammar.inner, isWhole: false) : nil
            return emit(.row(picture: pictures.count + 1, row: row, of: count, preview: preview))
        }
        textIDs.append(id)
        emit(.token(id: id, text: stream.append(id) + (count == limit ? stream.finish() : "")))
    }

    /// The text of all tokens; a picture that was begun and not finished is left out.
    package var text: String { model.tokenizer.text(textIDs) }
}

extension UniTokenModel {
    /// The picture of the tokens between its start and its end.
    func picture(_ inner: some Collection<Int>, isWhole: Bool = true) throws -> PixelImage {
        let codes = try tokens.codes(inner, isWhole: isWhole)
        return try vqgan.picture(codes.codes, rows: codes.rows, columns: codes.columns)
    }
}
