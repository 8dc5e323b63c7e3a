/// What can go wrong with making pairs.
public enum SynthesisError: Error, Sendable, Equatable, CustomStringConvertible {
    case setting(name: String, value: String, expected: String)
    /// A subject that is not in its picture.
    case subject(picture: String, name: String, problem: String)
    /// A folder with pairs of other settings.
    case otherPairs(folder: String, difference: String)
    case hasPairs(folder: String, count: Int)
    /// Nothing was left after the filter, or there was nothing to filter.
    case nothingKept(folder: String, problem: String)
    case unwritable(file: String, problem: String)

    public var description: String {
        switch self {
        case .setting(let name, let value, let expected):
            "\(name) is \(value); expected \(expected). Correct the value."
        case .subject(let picture, let name, let problem):
            "\(picture), '\(name)': \(problem). A box is [left, top, width, height] in pixels of the picture."
        case .otherPairs(let folder, let difference):
            "\(folder) holds pairs of other settings (\(difference)). Choose another output folder, or repeat the settings it was begun with."
        case .hasPairs(let folder, let count):
            "\(folder) already holds \(count) finished scenes. Continue with --resume, or choose another output folder."
        case .nothingKept(let folder, let problem):
            "No pair of \(folder) was kept: \(problem). report.html shows what was made; a lower --keep with --resume filters again without drawing."
        case .unwritable(let file, let problem):
            "\(file) cannot be written: \(problem). Free space or choose another folder; finished scenes are kept, --resume goes on from them."
        }
    }
}
