/// What can go wrong with a training run.
public enum TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
    case recipe(field: String, problem: String, remedy: String)
    case unknownField(String, nearest: String?, known: [String])
    case notYAML(file: String, problem: String)
    case unreadable(file: String, problem: String)
    case folderInUse(String, owner: String)
    case otherRun(folder: String, difference: String)
    case otherArchitecture(checkpoint: String, problem: String)
    case damagedCheckpoint(String, problem: String)
    case notFinite(step: Int, what: String, examples: [String])
    case noData(String)
    case unwritable(file: String, problem: String)

    public var description: String {
        switch self {
        case .recipe(let field, let problem, let remedy):
            field.isEmpty ? "The recipe \(problem). \(remedy)" : "In the recipe, '\(field)' \(problem). \(remedy)"
        case .unknownField(let field, let nearest, let known):
            "The recipe has an unknown field '\(field)'. "
                + (nearest.map { "Did you mean '\($0)'?" } ?? "Known here: \(known.sorted().joined(separator: ", ")).")
                + " 'atelier train --fields' lists all fields."
        case .notYAML(let file, let problem):
            "\(file) is not valid YAML: \(Self.clause(problem)). Correct the line, or start from a recipe in Recipes/."
        case .unreadable(let file, let problem):
            "\(file) cannot be read: \(Self.clause(problem))."
        case .folderInUse(let folder, let owner):
            "\(folder) is in use by another training run (\(owner)). Wait for it, stop it, or choose another output folder."
        case .otherRun(let folder, let difference):
            "\(folder) holds a run of another recipe: \(difference). Choose another output folder, or continue with the recipe it was begun with."
        case .otherArchitecture(let checkpoint, let problem):
            "\(checkpoint) belongs to another model: \(problem). Use the recipe it was made with, or another output folder."
        case .damagedCheckpoint(let checkpoint, let problem):
            "\(checkpoint) is damaged: \(Self.clause(problem)). Remove it; the run continues from the one before."
        case .notFinite(let step, let what, let examples):
            "The \(what) of step \(step) is not a finite number. The batch was: \(examples.joined(separator: ", ")). "
                + "The last checkpoint is intact; lower the learning rate or look at these pictures."
        case .noData(let problem):
            "There is nothing to train on: \(Self.clause(problem))."
        case .unwritable(let file, let problem):
            "\(file) cannot be written: \(Self.clause(problem)). The checkpoints written before are intact; free space and start again with --resume."
        }
    }

    /// A reason from elsewhere as part of a sentence of ours: without the full stop that some come with.
    private static func clause(_ text: String) -> String {
        var text = text[...]
        while let last = text.last, last == "." || last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
