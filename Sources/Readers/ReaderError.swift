/// What can be wrong with a reader's files.
public enum ReaderError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(file: String, problem: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let problem):
            "\(file) is no description of a reader: \(problem). Give a folder that a recipe with 'objective: reader' has exported."
        }
    }
}
