/// A key with placeholders, as in "transformer_blocks.{n}.attn.to_q.{part}".
///
/// A placeholder stands for one or more characters other than ".", as few as let the text after it match. A pattern that
/// ends in "." matches any key that begins so; the rest of the key is carried over.
struct KeyPattern: Sendable, Equatable {
    private enum Part: Sendable, Equatable {
        case literal(String)
        case placeholder(String)
        case rest
    }

    private let parts: [Part]

    init(_ text: String) {
        var parts: [Part] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            if open > rest.startIndex { parts.append(.literal(String(rest[..<open]))) }
            parts.append(.placeholder(String(rest[rest.index(after: open)..<close])))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.literal(String(rest))) }
        if text.hasSuffix(".") { parts.append(.rest) }
        self.parts = parts
    }

    /// What the placeholders stand for in `key`, or nil where it does not match.
    func match(_ key: String) -> [String: String]? {
        var values: [String: String] = [:]
        var remaining = key[...]
        for (index, part) in parts.enumerated() {
            switch part {
            case .literal(let text):
                guard remaining.hasPrefix(text) else { return nil }
                remaining = remaining.dropFirst(text.count)
            case .rest:
                guard !remaining.isEmpty else { return nil }
                values["."] = String(remaining)
                remaining = ""
            case .placeholder(let name):
                guard let end = end(ofPlaceholderIn: remaining, before: index + 1) else { return nil }
                values[name] = String(remaining[..<end])
                remaining = remaining[end...]
            }
        }
        return remaining.isEmpty ? values : nil
    }

    private func end(ofPlaceholderIn text: Substring, before next: Int) -> Substring.Index? {
        let component = text.prefix { $0 != "." }
        guard let first = component.first.map({ _ in text.index(after: text.startIndex) }) else { return nil }
        guard next < parts.count, case .literal(let literal) = parts[next] else { return component.endIndex }
        var end = first
        while end <= component.endIndex {
            if text[end...].hasPrefix(literal) { return end }
            if end == component.endIndex { return nil }
            end = text.index(after: end)
        }
        return nil
    }

    /// The key with the placeholders' values filled in; a placeholder without a value stays as it is.
    func filled(_ values: [String: String]) -> String {
        parts.map { part in
            switch part {
            case .literal(let text): text
            case .placeholder(let name): values[name] ?? "{\(name)}"
            case .rest: values["."] ?? ""
            }
        }.joined()
    }
}
