/// What can be wrong with a UniToken model or with what it is asked.
public enum UniTokenError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A configuration or description file.
    case configuration(String, problem: String)
    case notFound(String)
    case unrecognized(String, missing: [String])
    /// Files that do not belong to one vocabulary.
    case vocabulary(file: String, problem: String)
    case unknownToken(Int, vocabulary: Int)
    case tooManyMarks(marks: Int, pictures: Int)
    case tooFewMarks(marks: Int, pictures: Int)
    case questionTooLong(tokens: Int, limit: Int)
    case contextFull(tokens: Int, capacity: Int)
    case malformedPicture(tokens: Int, problem: String)
    case drawingMasked(file: String)

    public var description: String {
        switch self {
        case .configuration(let file, let problem):
            "\(file): \(problem). Correct the file, or take the one that came with the model."
        case .notFound(let path):
            "'\(path)' does not exist. Give --model a UniToken directory: one with a model.json or with the official files."
        case .unrecognized(let path, let missing):
            "\(path) is no UniToken directory: it has neither a model.json nor \(missing.joined(separator: ", ")). Check the path given to --model."
        case .vocabulary(let file, let problem):
            "\(file) belongs to another vocabulary: \(problem). Take tokenizer, vocabulary and weights from one release."
        case .unknownToken(let id, let vocabulary):
            "The token \(id) is outside the vocabulary; expected 0 to \(vocabulary - 1). Check that the tokenizer belongs to this model."
        case .tooManyMarks(let marks, let pictures):
            "The conversation shows \(marks) pictures by '<|image|>' and \(pictures) are given. Give --image for each mark, or take marks out."
        case .tooFewMarks(let marks, let pictures):
            "\(pictures) pictures are given and the question shows \(marks) of them by '<|image|>'. Write one mark for each picture, or none at all."
        case .questionTooLong(let tokens, let limit):
            "The text has \(tokens) tokens and the model's context holds \(limit). Ask with fewer words, or begin a new conversation."
        case .contextFull(let tokens, let capacity):
            "\(tokens) tokens do not fit into a cache that was made for \(capacity). Allow fewer tokens, or ask a shorter question."
        case .malformedPicture(let tokens, let problem):
            "\(tokens) tokens make no picture: \(problem). Expected two grid counts, then rows of picture tokens that each end in a new line."
        case .drawingMasked(let file):
            "\(file) has mask_image_logits on: this model cannot draw. Set it to false for a model that was trained to draw."
        }
    }
}
