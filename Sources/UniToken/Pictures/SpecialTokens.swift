public import Tokenizers

/// The ids of the tokens with a meaning of their own, found by their names.
///
/// Source: UniToken, data/item_processor and data/convertsation.
public struct SpecialTokens: Sendable, Equatable {
    /// Begins every conversation, `<s>`.
    public let start: Int
    /// Ends a turn, `<reserved08706>`.
    public let endOfTurn: Int
    /// Around a picture, `<racm3:break>` and `<eoss>`.
    public let startOfPicture, endOfPicture: Int
    /// Between a picture's discrete and continuous tokens, `<sentinel:0>`.
    public let separator: Int
    /// Ends a row of a picture, `<reserved08799>`.
    public let newLine: Int
    /// Stands for a picture in a text, `<|image|>`; replaced before the model sees it.
    public let mark: Int
    /// The token of n grids is this plus n.
    public let gridBase: Int

    /// What stands for a picture in a text.
    public static let markText = "<|image|>"
    /// The text of `endOfTurn`.
    static let endOfTurnText = "<reserved08706>"
    /// Pixels per side of a grid; a picture's size is told in grids.
    public static let gridSide = 32

    /// - Throws: `UniTokenError.vocabulary` where the tokenizer lacks one of them.
    public init(_ tokenizer: ByteLevelTokenizer, file: String) throws(UniTokenError) {
        func id(_ name: String) throws(UniTokenError) -> Int {
            guard let id = tokenizer.id(of: name) else { throw .vocabulary(file: file, problem: "it has no token '\(name)'") }
            return id
        }
        start = try id("<s>")
        endOfTurn = try id(Self.endOfTurnText)
        startOfPicture = try id("<racm3:break>")
        endOfPicture = try id("<eoss>")
        separator = try id("<sentinel:0>")
        newLine = try id("<reserved08799>")
        mark = try id(Self.markText)
        gridBase = try id("<reserved08800>")
    }
}
