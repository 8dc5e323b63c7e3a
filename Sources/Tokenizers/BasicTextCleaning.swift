/// The cleaning that the official CLIP tokenizer applies where ftfy is not installed.
///
/// Source: transformers 4.43, `BasicTokenizer` of BERT with lower case, accents kept, punctuation not split.
enum BasicTextCleaning {
    /// Lower-cased words of `text`, joined by one space.
    static func cleaned(_ text: Substring.UnicodeScalarView) -> [Unicode.Scalar] {
        var scalars: [Unicode.Scalar] = []
        for scalar in text {
            if isDropped(scalar) { continue }
            if isWhitespace(scalar) {
                scalars.append(" ")
            } else if isIdeograph(scalar) {
                scalars += [" ", scalar, " "]
            } else {
                scalars.append(scalar)
            }
        }
        return Array(PythonText.words(PythonText.composed(scalars)).map(PythonText.lowercased).joined(separator: [" "]))
    }

    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\t", "\n", "\r": false
        case "\u{FFFD}": true
        default: PythonText.isOther(scalar)
        }
    }

    private static func isWhitespace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\t", "\n", "\r": true
        default: scalar.properties.generalCategory == .spaceSeparator
        }
    }

    /// The blocks of CJK ideographs that BERT sets apart; Hangul and the kana are words like others.
    private static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B820...0x2CEAF,
            0xF900...0xFAFF, 0x2F800...0x2FA1F: true
        default: false
        }
    }
}
