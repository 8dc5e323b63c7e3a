public import World

/// What one training step of one process takes.
public struct TrainingBatch: Sendable, Equatable {
    /// Batches before this one since the start of training.
    public let number: Int
    /// Where each example came from.
    public let names: [String]
    /// One prompt for each example.
    public let prompts: [String]
    /// The pictures to learn.
    public let target: PicturePlanes
    /// `references[i]` holds the i-th reference of every example.
    public let references: [PicturePlanes]
    /// `[count, height, width]` of the target, 0...1: the union of the subject masks. Empty when one example has none.
    public let coverage: [Float]
    /// What each target shows. Empty when one example does not say.
    public let scenes: [WorldScene]

    public init(
        number: Int, names: [String], prompts: [String], target: PicturePlanes, references: [PicturePlanes], coverage: [Float] = [],
        scenes: [WorldScene] = []
    ) {
        self.number = number
        self.names = names
        self.prompts = prompts
        self.target = target
        self.references = references
        self.coverage = coverage
        self.scenes = scenes
    }
}
