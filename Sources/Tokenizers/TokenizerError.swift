/// What can be wrong with tokenizer files or with a request for ids.
public enum TokenizerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file could not be read.
    case unreadable(file: String, reason: String)
    /// The file cannot be put in place.
    case unwritable(file: String, reason: String)
    /// The file was read and is not what its name promises.
    case malformed(file: String, reason: String)
    /// The vocabulary lacks a token that every text needs.
    case missingToken(String, file: String)
    /// The directory holds no complete set of tokenizer files.
    case noTokenizer(directory: String, missing: String)
    /// `maxLength` leaves no room for the special tokens.
    case lengthTooSmall(Int, minimum: Int)
    /// sentencepiece refused the text.
    case encoding(reason: String)

    /// What was wrong, what was expected, and what to do.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file) cannot be read: \(reason). Check the path and its permissions."
        case .unwritable(let file, let reason):
            "\(file) cannot be written: \(reason). Choose a folder that exists, may be written to and has room."
        case .malformed(let file, let reason):
            "\(file) is damaged or another kind of file: \(reason). Copy it again from the official checkpoint."
        case .missingToken(let token, let file):
            "\(file) has no entry '\(token)', which every text needs. Use the tokenizer files that belong to the checkpoint."
        case .noTokenizer(let directory, let missing):
            "\(directory) holds no usable tokenizer: \(missing). Copy the missing files from the official checkpoint."
        case .lengthTooSmall(let length, let minimum):
            "A length of \(length) tokens leaves no room for text. Ask for at least \(minimum)."
        case .encoding(let reason):
            "sentencepiece could not encode the text: \(reason). Check that the model file matches the checkpoint."
        }
    }
}
