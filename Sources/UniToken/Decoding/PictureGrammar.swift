package import Generation

/// What may follow the tokens so far: within a picture, the counts of grids, rows of picture tokens, and the end are laid down.
///
/// Source: UniToken, inference_solver_anyres, `MultiModalLogitsProcessor`.
package struct PictureGrammar {
    /// What the next token may be.
    package enum Expectation: Equatable {
        /// Any token; the model writes text.
        case text
        case forced(Int)
        /// A token of a picture.
        case picture
    }

    private let tokens: PictureTokens
    let grids: PictureGrids
    /// Starts of pictures less their ends; one within a picture. A stray end token makes it negative, and the next picture free.
    private var balance = 0
    /// Tokens behind the last start.
    private(set) var inner: [Int] = []
    /// Columns and rows of picture tokens, once the grid counts are there.
    private var columns = 0, rows = 0

    /// - Parameter grids: the size that pictures are made to have.
    package init(_ tokens: PictureTokens, grids: PictureGrids) {
        (self.tokens, self.grids) = (tokens, grids)
    }

    package var isInPicture: Bool { balance == 1 }
    /// Whether the picture's size is known: its tokens, and not the size, are chosen.
    package var isDrawing: Bool { isInPicture && inner.count >= 2 }

    package mutating func append(_ id: Int) {
        switch id {
        case tokens.special.startOfPicture:
            balance += 1
            inner = []
        case tokens.special.endOfPicture: balance -= 1
        default:
            guard isInPicture else { return }
            inner.append(id)
            guard inner.count == 2 else { return }
            rows = (inner[0] - tokens.special.gridBase) * tokens.codesPerGrid
            columns = (inner[1] - tokens.special.gridBase) * tokens.codesPerGrid
        }
    }

    package var expectation: Expectation {
        guard isInPicture else { return .text }
        switch inner.count {
        case 0: return .forced(tokens.special.gridBase + grids.height)
        case 1: return .forced(tokens.special.gridBase + grids.width)
        default:
            let next = inner.count - 1
            if next % (columns + 1) == 0 { return .forced(tokens.special.newLine) }
            return next > (columns + 1) * rows ? .forced(tokens.special.endOfPicture) : .picture
        }
    }

    /// The row that the last token finished, and how many there are; nil where it finished none.
    package var finishedRow: (row: Int, of: Int)? {
        let count = inner.count - 2
        guard isDrawing, count > 0, count % (columns + 1) == 0 else { return nil }
        return (count / (columns + 1), rows)
    }
}
