/// Cuts a text into the pieces that merges work on, by the steps that a `tokenizer.json` lists.
///
/// Every step cuts the pieces of the step before. Source: Hugging Face tokenizers 0.19, pre_tokenizers.
struct PreTokenizer: Sendable {
    enum Step: Sendable, Equatable {
        /// What the expression matches stands alone.
        case pattern(String)
        case text(String)
        /// Numerals stand apart, each by itself or in runs.
        case digits(individually: Bool)
        case punctuation
        /// GPT-2's words.
        case words
    }

    let steps: [Step]

    /// - Throws: what the file asks for and is not done here.
    init(_ step: ByteLevelFile.Step?) throws(Unsupported) {
        steps = try step.map { step throws(Unsupported) in try Self.steps(step, depth: 0) } ?? []
    }

    struct Unsupported: Error {
        let reason: String
    }

    private static func steps(_ step: ByteLevelFile.Step, depth: Int) throws(Unsupported) -> [Step] {
        let isIsolating = (step.behavior ?? "Isolated") == "Isolated" && step.invert != true
        guard depth < 8, isIsolating, step.add_prefix_space != true else {
            throw Unsupported(reason: "its pre-tokenizer '\(step.type)' does other than setting its matches apart")
        }
        switch (step.type, step.pattern) {
        case ("Sequence", _):
            var steps: [Step] = []
            for inner in step.pretokenizers ?? [] { steps += try Self.steps(inner, depth: depth + 1) }
            return steps
        case ("Split", .regex(let pattern)):
            guard (try? Regex(pattern)) != nil else { throw Unsupported(reason: "its pattern '\(pattern)' cannot be read") }
            return [.pattern(pattern)]
        case ("Split", .text(let text)) where !text.isEmpty: return [.text(text)]
        case ("Digits", _): return [.digits(individually: step.individual_digits ?? false)]
        case ("Punctuation", _): return [.punctuation]
        case ("ByteLevel", _): return step.use_regex == false ? [] : [.words]
        default: throw Unsupported(reason: "its pre-tokenizer has a step '\(step.type)' that is not known")
        }
    }

    /// The pieces of `text`, in order; none is empty.
    func pieces(_ text: Substring) -> [Substring] {
        steps.reduce(text.isEmpty ? [] : [text]) { pieces, step in
            switch step {
            case .pattern(let pattern):
                // Compiled at every call, as expressions cannot be shared by threads. Checked when the file was read.
                guard let regex = try? Regex(pattern).matchingSemantics(.unicodeScalar) else { return pieces }
                return pieces.flatMap { Self.isolated($0, $0.ranges(of: regex)) }
            case .text(let literal): return pieces.flatMap { Self.isolated($0, Self.ranges(of: literal, in: $0)) }
            case .digits(let individually): return pieces.flatMap { Self.isolated($0, runs: !individually, where: Self.isNumeral) }
            case .punctuation: return pieces.flatMap { Self.isolated($0, runs: false, where: Self.isPunctuation) }
            case .words: return pieces.flatMap(WordPattern.words)
            }
        }
    }

    private static func ranges(of literal: String, in text: Substring) -> [Range<Substring.Index>] {
        let wanted = Array(literal.unicodeScalars)
        var ranges: [Range<Substring.Index>] = [], rest = text.unicodeScalars[...]
        while !rest.isEmpty {
            if rest.starts(with: wanted) {
                let end = rest.index(rest.startIndex, offsetBy: wanted.count)
                ranges.append(rest.startIndex..<end)
                rest = rest[end...]
            } else {
                rest.removeFirst()
            }
        }
        return ranges
    }

    private static func isolated(_ text: Substring, _ ranges: [Range<Substring.Index>]) -> [Substring] {
        var pieces: [Substring] = [], end = text.startIndex
        for range in ranges where !range.isEmpty {
            if end < range.lowerBound { pieces.append(text[end..<range.lowerBound]) }
            pieces.append(text[range])
            end = range.upperBound
        }
        if end < text.endIndex { pieces.append(text[end...]) }
        return pieces
    }

    private static func isolated(_ text: Substring, runs: Bool, where matches: (Unicode.Scalar) -> Bool) -> [Substring] {
        let scalars = text.unicodeScalars
        var ranges: [Range<Substring.Index>] = []
        for index in scalars.indices where matches(scalars[index]) {
            let end = scalars.index(after: index)
            if runs, let last = ranges.last, last.upperBound == index {
                ranges[ranges.count - 1] = last.lowerBound..<end
            } else {
                ranges.append(index..<end)
            }
        }
        return isolated(text, ranges)
    }

    private static func isNumeral(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .decimalNumber, .letterNumber, .otherNumber: true
        default: false
        }
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
        case ..<0x80: return false
        default: break
        }
        return switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation: true
        default: false
        }
    }
}
