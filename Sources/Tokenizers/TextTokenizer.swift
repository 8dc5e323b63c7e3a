/// Turns text into the token ids a text encoder was trained on.
public protocol TextTokenizer: Sendable {
    /// Token ids with the special tokens around them, truncated to `maxLength`, not padded.
    ///
    /// - Parameter maxLength: the most ids to return, special tokens included.
    /// - Throws: `TokenizerError.lengthTooSmall` where the special tokens alone would not fit.
    func ids(_ text: String, maxLength: Int) throws(TokenizerError) -> [Int]

    /// The id that fills the places behind a shorter text.
    var paddingID: Int { get }

    /// One more than the largest id the tokenizer gives; the encoder's table needs as many rows.
    var vocabularySize: Int { get }
}

extension TextTokenizer {
    /// Token ids of `text`, filled up with `paddingID` to exactly `length` ids: one row of a batch, `[length]`.
    ///
    /// - Throws: as `ids(_:maxLength:)` does.
    public func padded(_ text: String, to length: Int) throws(TokenizerError) -> [Int] {
        let ids = try ids(text, maxLength: length)
        return ids + Array(repeating: paddingID, count: length - ids.count)
    }
}
