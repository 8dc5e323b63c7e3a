public import World

/// The picture world as training examples without end.
///
/// All examples of a batch need the same number of references, so a number is drawn for every batch, with the share that the
/// settings' tasks give it, and the examples of the batch are drawn from the tasks with that number. Over many batches every
/// task comes as often as its weight says. Example `i` is the one the world makes at index `i` when only its task has a weight.
public struct WorldSource: ExampleSource {
    /// Always nil: the world has no end.
    public var count: Int? { nil }
    /// Examples of a batch of all processes together.
    public let wholeBatchSize: Int

    private let seed: UInt64
    /// The tasks of one number of references each, in rising order.
    private let parts: [Part]

    private struct Part: Sendable {
        let referenceCount: Int
        let world: PictureWorld
        /// Sum of the weights of its tasks and those of the parts before.
        let weightUpToHere: Double
    }

    /// - Parameters:
    ///   - settings: Of the world; their weights are shares of examples.
    ///   - wholeBatchSize: `BatchPlan.wholeBatchSize`: batch size times processes. Another one gives other batches.
    /// - Throws: `WorldError` for settings that cannot be, `DatasetsError.setting` for a batch size below 1.
    public init(_ settings: WorldSettings, wholeBatchSize: Int) throws {
        guard wholeBatchSize >= 1 else {
            throw DatasetsError.setting("The batch size", problem: "is \(wholeBatchSize); expected at least 1")
        }
        _ = try PictureWorld(settings)  // checks the settings as a whole
        self.wholeBatchSize = wholeBatchSize
        seed = settings.seed
        var weights: [Int: TaskWeights] = [:]
        for task in WorldTask.allCases where settings.tasks[task] > 0 {
            let count = try PictureWorld(settings.with(.only(task))).referenceCount(at: 0)
            weights[count, default: TaskWeights()][task] = settings.tasks[task]
        }
        var sum = 0.0, parts: [Part] = []
        for (count, weights) in weights.sorted(by: { $0.key < $1.key }) {
            sum += WorldTask.allCases.reduce(0) { $0 + weights[$1] }
            parts.append(Part(referenceCount: count, world: try PictureWorld(settings.with(weights)), weightUpToHere: sum))
        }
        self.parts = parts
    }

    public func referenceCount(at index: Int) -> Int { part(at: index).referenceCount }

    /// Draws the example; cannot fail.
    public func example(at index: Int) -> TrainingExample {
        let example = part(at: index).world.example(at: index)
        return TrainingExample(
            name: "world \(index) (\(example.task.rawValue))", prompt: example.caption, target: example.target,
            references: example.references, subjectMasks: example.roles.isEmpty ? example.masks : example.referenceMasks, scene: example.scene)
    }

    /// The same for all indices of a batch.
    private func part(at index: Int) -> Part {
        var random = SeededOrder(seed, 0x776F_726C_64, UInt64(bitPattern: Int64(index / wholeBatchSize)))
        let place = random.fraction() * (parts.last?.weightUpToHere ?? 0)
        return parts.first { place < $0.weightUpToHere } ?? parts[parts.count - 1]
    }
}

extension WorldSettings {
    fileprivate func with(_ tasks: TaskWeights) -> WorldSettings {
        var settings = self
        settings.tasks = tasks
        return settings
    }
}
