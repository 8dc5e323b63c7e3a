/// What can go wrong with an evaluation.
public enum EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    case setting(name: String, value: String, expected: String)
    /// A folder with results of other settings.
    case otherResults(folder: String, difference: String)
    case hasResults(folder: String, count: Int)
    case noResults(folder: String, problem: String)
    case notComparable(folder: String, difference: String)
    case unwritable(file: String, problem: String)

    public var description: String {
        switch self {
        case .setting(let name, let value, let expected):
            "\(name) is \(value); expected \(expected). Correct the value."
        case .otherResults(let folder, let difference):
            "\(folder) holds results of other settings (\(difference)). Choose another output folder, or repeat the settings it was begun with."
        case .hasResults(let folder, let count):
            "\(folder) already holds \(count) results. Continue with --resume, or choose another output folder."
        case .noResults(let folder, let problem):
            "\(folder) holds no results that can be read: \(problem). Give the output folder of 'atelier eval world'."
        case .notComparable(let folder, let difference):
            "\(folder) cannot be compared with: \(difference). Evaluate both with the same references, seed and sizes."
        case .unwritable(let file, let problem):
            "\(file) cannot be written: \(problem). Free space or choose another folder; finished examples are kept, --resume goes on from them."
        }
    }
}
