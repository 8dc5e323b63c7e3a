/// How a loader prepares batches.
public struct LoaderSettings: Sendable, Equatable {
    /// Side of the targets' square bucket, in pixels.
    public var resolution: Int
    /// Side of the references' square bucket, in pixels; nil for that of the targets, as in the official program.
    public var referenceResolution: Int?
    /// Threads that decode and resize.
    public var workerCount: Int
    /// Batches prepared before they are asked for, those in work included.
    public var lookAhead: Int
    /// How often an example is mirrored, 0...1: target, masks and references together. Prompts stay, so leave it at 0 where
    /// they speak of left and right. The choice follows from seed, epoch and index alone.
    public var flipProbability: Double
    /// The part of bad examples, 0...1, above which loading ends with an error.
    public var badShareLimit: Double
    /// Examples to hand out before `badShareLimit` is looked at.
    public var badShareGrace: Int

    public init(
        resolution: Int = 512, referenceResolution: Int? = nil, workerCount: Int = 2, lookAhead: Int = 4, flipProbability: Double = 0,
        badShareLimit: Double = 0.1, badShareGrace: Int = 100
    ) {
        self.resolution = resolution
        self.referenceResolution = referenceResolution
        self.workerCount = workerCount
        self.lookAhead = lookAhead
        self.flipProbability = flipProbability
        self.badShareLimit = badShareLimit
        self.badShareGrace = badShareGrace
    }

    /// - Throws: `DatasetsError.setting` for numbers that cannot be.
    func check() throws(DatasetsError) {
        guard (1...256).contains(workerCount) else {
            throw .setting("The number of workers", problem: "is \(workerCount); expected 1 to 256")
        }
        guard (1...65536).contains(lookAhead) else {
            throw .setting("The look-ahead", problem: "is \(lookAhead) batches; expected 1 to 65536")
        }
        guard (0...1).contains(flipProbability) else {
            throw .setting("The flip probability", problem: "is \(flipProbability); expected 0 to 1")
        }
        guard (0...1).contains(badShareLimit), badShareGrace >= 0 else {
            throw .setting("The limit of bad examples", problem: "is \(badShareLimit) after \(badShareGrace); expected 0 to 1 after at least 0")
        }
    }
}
