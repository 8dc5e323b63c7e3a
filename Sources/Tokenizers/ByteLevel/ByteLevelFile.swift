import Foundation

/// The parts of a `tokenizer.json` that a byte-level tokenizer is made of.
///
/// Source: Hugging Face tokenizers 0.19, the serialized form of `Tokenizer`.
struct ByteLevelFile: Decodable {
    let model: Model
    let addedTokens: [AddedToken]
    let preTokenizer: Step?
    let normalizer: Kind?
    let decoder: Kind?

    enum CodingKeys: String, CodingKey {
        case model, normalizer, decoder
        case addedTokens = "added_tokens"
        case preTokenizer = "pre_tokenizer"
    }

    /// A part of which only the name matters.
    struct Kind: Decodable {
        let type: String
    }

    /// A text that is a token wherever it stands.
    struct AddedToken: Decodable {
        let id: Int
        let content: String
        let special: Bool
        let lstrip, rstrip, single_word: Bool?
    }

    struct Model: Decodable {
        let type: String?
        let vocab: [String: Int]
        let merges: [Merge]
        let dropout: Double?
        let byte_fallback, ignore_merges: Bool?
        let continuing_subword_prefix, end_of_word_suffix: String?
    }

    /// Two symbols, as "left right" or, in newer files, as a list of two.
    struct Merge: Decodable {
        let left, right: String

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            let parts: [String]
            if let text = try? value.decode(String.self) {
                // Symbols hold no space, but a character may begin with one: scalars are split.
                parts = text.unicodeScalars.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            } else {
                parts = try value.decode([String].self)
            }
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw DecodingError.dataCorruptedError(in: value, debugDescription: "a merge has \(parts.count) symbols; expected 2")
            }
            (left, right) = (parts[0], parts[1])
        }
    }

    /// A step of the pre-tokenizer, which cuts a text into pieces.
    struct Step: Decodable {
        let type: String
        let pretokenizers: [Step]?
        let pattern: Pattern?
        let behavior: String?
        let invert, individual_digits, add_prefix_space, use_regex: Bool?

        enum Pattern: Decodable {
            case regex(String), text(String)

            private enum CodingKeys: String, CodingKey {
                case regex = "Regex"
                case text = "String"
            }

            init(from decoder: any Decoder) throws {
                let values = try decoder.container(keyedBy: CodingKeys.self)
                if let regex = try values.decodeIfPresent(String.self, forKey: .regex) {
                    self = .regex(regex)
                } else {
                    self = .text(try values.decode(String.self, forKey: .text))
                }
            }
        }
    }

    /// Reads the file and refuses what this tokenizer does not do.
    static func read(_ path: String) throws(TokenizerError) -> ByteLevelFile {
        let bytes = try TokenizerFile.bytes(path), file: ByteLevelFile
        do {
            file = try JSONDecoder().decode(ByteLevelFile.self, from: bytes)
        } catch {
            throw .malformed(file: path, reason: "expected the JSON of a byte-level tokenizer: vocabulary, merges, added tokens and pre-tokenizer")
        }
        let model = file.model
        let obstacles = [
            (model.type ?? "BPE") == "BPE" ? nil : "its model is \(model.type ?? "")",
            file.normalizer.map { "it normalizes text (\($0.type))" },
            (file.decoder?.type ?? "ByteLevel") == "ByteLevel" ? nil : "its decoder is \(file.decoder?.type ?? "")",
            (model.dropout ?? 0) == 0 ? nil : "its merges drop out",
            model.byte_fallback == true ? "it falls back to bytes" : nil,
            (model.continuing_subword_prefix ?? "").isEmpty && (model.end_of_word_suffix ?? "").isEmpty ? nil : "its words carry marks",
            file.addedTokens.contains { $0.lstrip == true || $0.rstrip == true || $0.single_word == true } ? "its added tokens take spaces in" : nil,
        ]
        if let obstacle = obstacles.compactMap(\.self).first {
            throw .malformed(file: path, reason: "\(obstacle); expected byte-level byte-pair encoding as Chameleon has it")
        }
        let ids = model.vocab.values.map(\.self) + file.addedTokens.map(\.id)
        if let wrong = ids.first(where: { !(0..<(1 << 24)).contains($0) }) {
            throw .malformed(file: path, reason: "it holds the id \(wrong); expected 0 to \((1 << 24) - 1)")
        }
        return file
    }
}
