public import Generation

/// A picture as discrete tokens: two grid counts, then rows of codes that each end in a new line.
///
/// Source: UniToken, data/item_processor, `process_image` and `decode_image`.
public struct PictureTokens: Sendable {
    public let special: SpecialTokens
    public let vocabulary: PictureVocabulary
    /// Pixels per side of a code.
    public let pixelsPerCode: Int

    public init(_ special: SpecialTokens, _ vocabulary: PictureVocabulary, pixelsPerCode: Int) {
        (self.special, self.vocabulary, self.pixelsPerCode) = (special, vocabulary, pixelsPerCode)
    }

    /// Codes per side of a grid.
    var codesPerGrid: Int { SpecialTokens.gridSide / pixelsPerCode }

    /// How many tokens a picture takes, those around it included.
    public func count(_ grids: PictureGrids) -> Int {
        let rows = grids.height * codesPerGrid, columns = grids.width * codesPerGrid
        return rows * (columns + 1) + 4
    }

    /// All tokens of a picture of `rows · columns` codes, those around it included.
    public func ids(_ codes: [Int], rows: Int, columns: Int) -> [Int] {
        var ids = [special.startOfPicture, special.gridBase + rows / codesPerGrid, special.gridBase + columns / codesPerGrid]
        for row in 0..<rows {
            ids += codes[row * columns..<(row + 1) * columns].map { vocabulary.tokens[$0] }
            ids.append(special.newLine)
        }
        return ids + [special.endOfPicture]
    }

    /// Codes and their arrangement.
    public struct Codes: Sendable, Equatable {
        public let codes: [Int]
        public let rows, columns: Int
    }

    /// The codes of the tokens between the start and the end of a picture; also of one that lacks rows at the end.
    ///
    /// - Throws: `UniTokenError.malformedPicture`.
    public func codes(_ inner: some Collection<Int>, isWhole: Bool = true) throws(UniTokenError) -> Codes {
        let ids = Array(inner)
        func fail(_ problem: String) -> UniTokenError { .malformedPicture(tokens: ids.count, problem: problem) }
        guard ids.count >= 2 else { throw fail("they end before the grid counts") }
        let height = ids[0] - special.gridBase, width = ids[1] - special.gridBase
        guard PictureGrids.sides.contains(height), PictureGrids.sides.contains(width) else { throw fail("\(ids[0]) and \(ids[1]) are no grid counts") }
        let columns = width * codesPerGrid, rows = isWhole ? height * codesPerGrid : (ids.count - 2) / (columns + 1)
        guard !isWhole || ids.count == 2 + rows * (columns + 1) else { throw fail("\(rows) rows of \(columns) take \(2 + rows * (columns + 1))") }
        var codes: [Int] = []
        codes.reserveCapacity(rows * columns)
        for row in 0..<rows {
            let start = 2 + row * (columns + 1)
            for id in ids[start..<start + columns] {
                guard let code = vocabulary.code(id) else { throw fail("\(id) is no picture token") }
                codes.append(code)
            }
        }
        return Codes(codes: codes, rows: rows, columns: columns)
    }
}
