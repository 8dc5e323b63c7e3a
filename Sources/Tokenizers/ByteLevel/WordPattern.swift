/// GPT-2's words: contractions, runs of letters, of numerals or of other marks, each with one space before it, and the spaces left.
///
/// Source: GPT-2, encoder.py: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
enum WordPattern {
    private enum Kind {
        case space, letter, number, mark

        init(_ scalar: Unicode.Scalar) {
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
            case .decimalNumber, .letterNumber, .otherNumber: self = .number
            default: self = scalar.properties.isWhitespace ? .space : .mark
            }
        }
    }

    private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map { Array($0.unicodeScalars) }

    static func words(_ text: Substring) -> [Substring] {
        var words: [Substring] = [], rest = text.unicodeScalars[...]
        while !rest.isEmpty {
            let end = rest.index(rest.startIndex, offsetBy: length(rest))
            words.append(text[rest.startIndex..<end])
            rest = rest[end...]
        }
        return words
    }

    /// How many scalars the word at the start of `rest`, which is not empty, has.
    private static func length(_ rest: Substring.UnicodeScalarView) -> Int {
        if let contraction = contractions.first(where: { rest.starts(with: $0) }) { return contraction.count }
        let after = rest.dropFirst()
        let isSpaced = rest.first == " " && after.first.map { Kind($0) != .space } == true
        let word = isSpaced ? after : rest
        guard let first = word.first, Kind(first) != .space else {
            let spaces = rest.prefix { Kind($0) == .space }.count
            // The last space before a word belongs to the word's own piece.
            return spaces == rest.count || spaces == 1 ? spaces : spaces - 1
        }
        return (isSpaced ? 1 : 0) + word.prefix { Kind($0) == Kind(first) }.count
    }
}
