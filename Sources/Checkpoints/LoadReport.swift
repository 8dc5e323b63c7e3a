/// How the tensors of a file differ from those a model asks for.
public struct LoadReport: Sendable, Equatable {
    /// A tensor the model asks for and the file lacks.
    public struct Missing: Sendable, Equatable {
        /// The whole key, as in "double_blocks.3.img_attn.qkv.weight".
        public let key: String
        /// The shape asked for.
        public let shape: [Int]
    }

    /// A tensor whose shape is not the one the model asks for.
    public struct Misshapen: Sendable, Equatable {
        /// The whole key.
        public let key: String
        /// The shape asked for.
        public let expected: [Int]
        /// The shape in the file.
        public let found: [Int]
    }

    /// The file or directory loaded from.
    public let file: String
    /// All tensors the file lacks, in the order they were asked for.
    public internal(set) var missing: [Missing] = []
    /// All tensors of another shape, in the order they were asked for.
    public internal(set) var misshapen: [Misshapen] = []
    /// All keys of the file that no part of the model asked for, in the file's order.
    public internal(set) var unexpected: [String] = []

    init(file: String) { self.file = file }

    /// Whether model and file match.
    public var isClean: Bool { missing.isEmpty && misshapen.isEmpty && unexpected.isEmpty }
}

extension LoadReport: CustomStringConvertible {
    /// Each kind of difference with its first keys, and a guess at the cause where the keys suggest one.
    public var description: String {
        var lines = ["'\(file)' does not match the model."]
        lines += Self.section("missing from the file", missing.map { "\($0.key) \($0.shape)" })
        lines += Self.section("of another shape", misshapen.map { "\($0.key) has shape \($0.found), expected \($0.expected)" })
        lines += Self.section("in the file but not in the model", unexpected)
        lines.append(hint ?? Self.advice)
        return lines.joined(separator: "\n")
    }

    /// The description on one line, with the first keys of each kind.
    public var summary: String {
        let kinds = [
            ("missing", missing.map(\.key)), ("of another shape", misshapen.map { "\($0.key) \($0.found) for \($0.expected)" }), ("unknown", unexpected),
        ]
        let counts = kinds.filter { !$0.1.isEmpty }.map { kind, keys in
            "\(keys.count) \(kind) (\(keys.prefix(2).joined(separator: ", "))\(keys.count > 2 ? ", …" : ""))"
        }
        return "'\(file)' does not match the model; tensors: \(counts.joined(separator: ", ")). \(hint ?? Self.advice)"
    }

    private static let advice = "Check that the file belongs to this kind of model and that the configuration is the file's."

    private static func section(_ title: String, _ items: [String], limit: Int = 20) -> [String] {
        guard !items.isEmpty else { return [] }
        let more = items.count > limit ? ["  and \(items.count - limit) more"] : []
        return ["\(items.count) \(items.count == 1 ? "tensor" : "tensors") \(title):"] + items.prefix(limit).map { "  \($0)" } + more
    }

    /// What the keys suggest: a prefix in the file, or a layout of another library.
    var hint: String? {
        if let prefix = foreignPrefix {
            return """
                The file's keys begin with '\(prefix)': it was saved as part of a larger model. \
                Use the original file, or save it without that prefix.
                """
        }
        let layouts = [
            ("transformer_blocks.", "the transformer as diffusers names its parts; the original layout is expected"),
            ("single_transformer_blocks.", "the transformer as diffusers names its parts; the original layout is expected"),
            ("down_blocks.", "an autoencoder as diffusers names its parts; the original layout is expected"),
            ("encoder.down_blocks.", "an autoencoder as diffusers names its parts; the original layout is expected"),
            ("lora_unet_", "an adapter as kohya names its parts, not a whole model"),
            ("lora_transformer_", "an adapter, not a whole model"),
            ("double_blocks.", "a FLUX transformer in the original layout"),
            ("text_model.", "a CLIP model"),
        ]
        for (prefix, meaning) in layouts
        where unexpected.contains(where: { $0.hasPrefix(prefix) }) && !missing.contains(where: { $0.key.hasPrefix(prefix) }) {
            return "The keys look like those of \(meaning). Give the file of the layout and part expected here."
        }
        if unexpected.contains(where: { $0.contains(".lora_A.") || $0.contains(".lora_down.") }) {
            return "The keys look like those of a low-rank adapter, not of a whole model."
        }
        return nil
    }

    /// The text before every missing key under which the file holds it after all.
    private var foreignPrefix: String? {
        guard let first = missing.first?.key else { return nil }
        let held = Set(unexpected)
        for key in unexpected where key.hasSuffix("." + first) {
            let prefix = String(key.dropLast(first.count))
            if missing.count(where: { held.contains(prefix + $0.key) }) * 2 > missing.count { return prefix }
        }
        return nil
    }
}
