import Foundation

/// Text rules of Python 3.11, whose Unicode tables (version 14) the official programs ran with.
///
/// The standard library's tables are newer; they agree with Python's for every scalar that Unicode 14 has, and `age`
/// tells the others apart.
enum PythonText {
    /// Whether `unicodedata.category` starts with "C": control, format, private use and unassigned in Unicode 14.
    static func isOther(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: true
        default: scalar.properties.age.map { $0 > (14, 0) } ?? true
        }
    }

    /// Whether `str.isspace` holds, which is also where `str.split()` splits and what `str.strip()` strips.
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// The words of `scalars`, as `str.split()` gives them.
    static func words(_ scalars: some Sequence<Unicode.Scalar>) -> [[Unicode.Scalar]] {
        scalars.split(whereSeparator: isSpace).map(Array.init)
    }

    /// `str.strip()` at the chosen ends.
    static func stripped(_ text: Substring.UnicodeScalarView, start: Bool, end: Bool) -> Substring.UnicodeScalarView {
        var text = text
        if start { text = text.drop(while: isSpace) }
        if end { while let last = text.last, isSpace(last) { text.removeLast() } }
        return text
    }

    /// `unicodedata.normalize("NFC", …)` for text without scalars newer than Unicode 14.
    ///
    /// Foundation reorders long runs of combining marks in quadratic time. They are sorted before, which gives
    /// canonically equivalent text.
    static func composed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard scalars.contains(where: { $0.value >= 0x80 }) else { return scalars }
        var text = String.UnicodeScalarView()
        var marks: [Unicode.Scalar] = []
        for scalar in scalars {
            if scalar.properties.canonicalCombiningClass != .notReordered {
                marks.append(scalar)
            } else {
                text.append(contentsOf: ordered(marks))
                marks.removeAll(keepingCapacity: true)
                text.append(scalar)
            }
        }
        text.append(contentsOf: ordered(marks))
        return Array(String(text).precomposedStringWithCanonicalMapping.unicodeScalars)
    }

    /// Combining marks in canonical order: by class, equal classes as they came (the library's sort is stable).
    private static func ordered(_ marks: [Unicode.Scalar]) -> [Unicode.Scalar] {
        marks.count < 2 ? marks : marks.sorted { $0.properties.canonicalCombiningClass < $1.properties.canonicalCombiningClass }
    }

    /// `str.lower()` of one word: full mappings (İ becomes two scalars) and the final form of sigma.
    static func lowercased(_ word: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(word.count)
        for (index, scalar) in word.enumerated() {
            if scalar.value == 0x3A3 {
                result.append(isFinalSigma(at: index, of: word) ? "\u{3C2}" : "\u{3C3}")
            } else if scalar.isASCII {
                result.append("A"..."Z" ~= scalar ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar)
            } else {
                result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return result
    }

    /// Whether the sigma ends its word: a cased letter before it, none after it, case-ignorable marks left out of account.
    private static func isFinalSigma(at index: Int, of word: [Unicode.Scalar]) -> Bool {
        let before = word[..<index].last { !$0.properties.isCaseIgnorable }
        let after = word[(index + 1)...].first { !$0.properties.isCaseIgnorable }
        return before?.properties.isCased == true && after?.properties.isCased != true
    }
}
