/// Special tokens that count as tokens where their literal text stands in a prompt.
///
/// Source: transformers 4.43, tokenization_utils, `PreTrainedTokenizer.tokenize` and its `Trie`: leftmost match first,
/// the longest of those that start at one place.
struct LiteralTokens: Sendable {
    /// One special token.
    struct Token: Sendable {
        let text: String
        let id: Int
        /// Whether whitespace beside the token is dropped, as it is around `<extra_id_N>`.
        let absorbsSpace: Bool
    }

    /// A part of a text.
    enum Piece {
        case text(Substring.UnicodeScalarView)
        case token(Token)
    }

    private let tokens: [[Unicode.Scalar]: Token]
    private let firstScalars: Set<Unicode.Scalar>
    private let lengths: [Int]

    init(_ tokens: [Token]) {
        self.tokens = Dictionary(tokens.map { (Array($0.text.unicodeScalars), $0) }) { first, _ in first }
        firstScalars = Set(self.tokens.keys.compactMap(\.first))
        lengths = Set(self.tokens.keys.map(\.count)).sorted(by: >)
    }

    /// Cuts `text` at its literal tokens. Parts without text are left out.
    func pieces(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = Substring(text).unicodeScalars
        var end = rest.startIndex
        var stripsStart = false

        func appendText(strippingEnd: Bool) {
            let part = PythonText.stripped(rest[..<end], start: stripsStart, end: strippingEnd)
            if !part.isEmpty { pieces.append(.text(part)) }
        }

        while end < rest.endIndex {
            guard firstScalars.contains(rest[end]), let token = token(at: rest[end...]) else {
                rest.formIndex(after: &end)
                continue
            }
            appendText(strippingEnd: token.absorbsSpace)
            pieces.append(.token(token))
            rest = rest[end...].dropFirst(token.text.unicodeScalars.count)
            end = rest.startIndex
            stripsStart = token.absorbsSpace
        }
        appendText(strippingEnd: false)
        return pieces
    }

    private func token(at text: Substring.UnicodeScalarView) -> Token? {
        lengths.lazy.compactMap { tokens[Array(text.prefix($0))] }.first
    }
}
