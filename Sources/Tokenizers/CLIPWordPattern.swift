/// Splits cleaned text into the words that byte-pair encoding works on.
///
/// The rule is CLIP's regular expression: a special token, a contraction, a run of letters, one digit, or a run of other
/// characters, tried in this order. Source: transformers 4.43, `CLIPTokenizer.pat`.
enum CLIPWordPattern {
    /// The words of `text`, in order; spaces fall away.
    static func words(_ text: [Unicode.Scalar]) -> [ArraySlice<Unicode.Scalar>] {
        var words: [ArraySlice<Unicode.Scalar>] = []
        var start = text.startIndex
        while start < text.endIndex {
            let length = wordLength(text[start...])
            if length > 0 { words.append(text[start..<start + length]) }
            start += max(length, 1)
        }
        return words
    }

    private static let literals: [[Unicode.Scalar]] = [
        CLIPTokenizer.startToken, CLIPTokenizer.endToken, "'s", "'t", "'re", "'ve", "'m", "'ll", "'d",
    ].map { Array($0.unicodeScalars) }

    /// How many scalars the word at the start of `rest` has; 0 at a space.
    private static func wordLength(_ rest: ArraySlice<Unicode.Scalar>) -> Int {
        guard let first = rest.first else { return 0 }
        if first == "<" || first == "'", let literal = literals.first(where: { rest.prefix($0.count).elementsEqual($0, by: matches) }) {
            return literal.count
        }
        let kind = Kind(first)
        switch kind {
        case .space: return 0
        case .number: return 1
        case .letter, .other: return rest.prefix { Kind($0) == kind }.count
        }
    }

    /// The expression ignores case, and the text is lower-cased already; what is left is the long s, which folds to s.
    private static func matches(_ scalar: Unicode.Scalar, _ expected: Unicode.Scalar) -> Bool {
        scalar == expected || (expected == "s" && scalar == "\u{17F}")
    }

    private enum Kind {
        case space, letter, number, other

        init(_ scalar: Unicode.Scalar) {
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
            case .decimalNumber, .letterNumber, .otherNumber: self = .number
            default: self = PythonText.isSpace(scalar) ? .space : .other
            }
        }
    }
}
