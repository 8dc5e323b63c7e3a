package import Generation
package import Tokenizers

/// A conversation as tokens, pictures in their places.
///
/// Text is each turn's message and `<reserved08706>`, without role names or blanks; the first token is `<s>`. An open answer adds nothing.
/// Source: UniToken, data/convertsation and data/item_processor.
package struct Prompt {
    /// A run of tokens, or a picture that the person showed.
    package enum Piece: Equatable {
        case tokens([Int])
        case picture(Int)
    }

    package let pieces: [Piece]
    /// In order of their marks.
    package let pictures: [AnswerRequest.Picture]

    /// Tokens outside pictures.
    package var textTokenCount: Int { pieces.reduce(0) { if case .tokens(let ids) = $1 { $0 + ids.count } else { $0 } } }

    /// - Throws: `UniTokenError.tooManyMarks`, `.tooFewMarks`.
    package init(_ turns: [AnswerRequest.Turn], _ tokenizer: ByteLevelTokenizer, _ special: SpecialTokens) throws(UniTokenError) {
        var ids = [special.start], pieces: [Piece] = [], pictureCount = 0
        /// Adds a text; a picture takes the place of each mark.
        func add(_ text: String) {
            for id in tokenizer.ids(text + SpecialTokens.endOfTurnText) {
                guard id == special.mark else {
                    ids.append(id)
                    continue
                }
                pieces += [.tokens(ids), .picture(pictureCount)]
                pictureCount += 1
                ids = []
            }
        }
        for turn in turns {
            let marks = Self.marks(in: turn.question), given = turn.pictures.count
            if marks > given { throw .tooManyMarks(marks: marks, pictures: given) }
            if marks > 0, marks < given { throw .tooFewMarks(marks: marks, pictures: given) }
            add((marks == 0 ? String(repeating: "\(SpecialTokens.markText) ", count: given) : "") + turn.question)
            switch turn.answer {
            case .text(let text):
                let marks = Self.marks(in: text)
                guard marks == 0 else { throw .tooManyMarks(marks: marks, pictures: 0) }
                add(text)
            case .tokens(let tokens): ids += Self.complete(tokens, special)
            case nil: break
            }
        }
        if !ids.isEmpty { pieces.append(.tokens(ids)) }
        self.pieces = pieces
        pictures = turns.flatMap(\.pictures)
    }

    private static func marks(in text: String) -> Int { text.unicodeScalars.ranges(of: Array(SpecialTokens.markText.unicodeScalars)).count }

    /// An answer's tokens without a picture that was not finished, and with the end of the turn.
    private static func complete(_ tokens: [Int], _ special: SpecialTokens) -> [Int] {
        var tokens = tokens.last == special.endOfTurn ? tokens.dropLast() : tokens[...]
        if let start = tokens.lastIndex(of: special.startOfPicture), !tokens[start...].contains(special.endOfPicture) { tokens = tokens[..<start] }
        return tokens + [special.endOfTurn]
    }
}
