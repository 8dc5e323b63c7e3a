/// What can be wrong with a FLUX model or with what it is asked.
public enum FluxError: Error, Sendable, Equatable, CustomStringConvertible {
    case invalidConfiguration(String, expected: String)
    case adapterKeys(file: String, unmatched: [String], incomplete: [String])
    case adapterShape(file: String, key: String, shape: [Int], expected: String)
    case adapterKind(file: String, kind: String, key: String)
    case adapterAlpha(file: String, key: String, value: Double)

    public var description: String {
        switch self {
        case .invalidConfiguration:
            "\(problem). Correct model.json."
        case .adapterKeys(let file, let unmatched, let incomplete):
            Self.text(file: file, unmatched: unmatched, incomplete: incomplete)
        case .adapterShape(let file, let key, let shape, let expected):
            "\(file): \(key) has shape \(shape), expected \(expected). Check that this adapter belongs to this model."
        case .adapterKind(let file, let kind, let key):
            "\(file) is a \(kind) adapter (it holds \(key)); expected a LoRA, two matrices a layer. Convert it to one with the tool that made it."
        case .adapterAlpha(let file, let key, let value):
            "\(file): \(key) is \(value), expected a finite number. Download the adapter again."
        }
    }

    /// What is wrong, without the remedy.
    var problem: String {
        if case .invalidConfiguration(let found, let expected) = self { "\(found); expected \(expected)" } else { description }
    }

    private static func text(file: String, unmatched: [String], incomplete: [String]) -> String {
        var parts: [String] = []
        if !unmatched.isEmpty {
            parts.append("\(unmatched.count) tensors belong to no layer of this model: \(listed(unmatched))")
        }
        if !incomplete.isEmpty {
            parts.append("\(incomplete.count) tensors have no partner (down and up come in pairs): \(listed(incomplete))")
        }
        return "\(file): \(parts.joined(separator: "; ")). Check that the file is an adapter for this model; 'atelier models inspect' lists its keys."
    }

    private static func listed(_ keys: [String]) -> String {
        keys.prefix(8).joined(separator: ", ") + (keys.count > 8 ? ", …" : "")
    }
}
