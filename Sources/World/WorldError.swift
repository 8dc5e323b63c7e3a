/// What can be wrong with settings of the world.
public enum WorldError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A side of pictures outside what is drawn.
    case impossibleSize(name: String, Int)
    /// A weight or chance below zero, above its bound or not a number.
    case impossibleShare(name: String, Double, bound: String)
    /// No task has a weight.
    case noTask
    /// The folder holds a dataset made from other settings.
    case otherDataset(directory: String)
    /// A file or folder cannot be made.
    case unwritable(path: String, reason: String)

    /// What was wrong, what was expected, and what to do.
    public var description: String {
        switch self {
        case .impossibleSize(let name, let side):
            "\(name) is \(side) pixels; expected \(PictureWorld.sizes.lowerBound) to \(PictureWorld.sizes.upperBound). "
                + "Choose a side in that range."
        case .impossibleShare(let name, let value, let bound):
            "\(name) is \(value); expected \(bound). Correct the number."
        case .noTask:
            "No task has a weight; expected at least one above zero. Give a weight to a task, such as one-subject."
        case .otherDataset(let directory):
            "\(directory) holds a dataset made from other settings (its world.json differs); expected an empty folder or the same dataset, "
                + "to be continued. Choose another folder."
        case .unwritable(let path, let reason):
            "\(path) cannot be written: \(reason). Choose a folder that may be written to and has room."
        }
    }
}
