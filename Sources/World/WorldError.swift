/// What can be wrong with settings of the world.
public enum WorldError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A side of pictures outside what is drawn.
    case impossibleSize(name: String, Int)
    /// A weight or chance below zero, above its bound or not a number.
    case impossibleShare(name: String, Double, bound: String)
    /// No task has a weight.
    case noTask

    /// What was wrong, what was expected, and what to do.
    public var description: String {
        switch self {
        case .impossibleSize(let name, let side):
            "\(name) is \(side) pixels; expected \(PictureWorld.sizes.lowerBound) to \(PictureWorld.sizes.upperBound). Choose a side in that range."
        case .impossibleShare(let name, let value, let bound):
            "\(name) is \(value); expected \(bound). Correct the number."
        case .noTask:
            "No task has a weight; expected at least one above zero. Give a weight to a task, such as one-subject."
        }
    }
}
