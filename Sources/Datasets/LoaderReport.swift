/// What a loader has met so far, counted over the batches it has handed out.
public struct LoaderReport: Sendable, Equatable {
    /// An example that could not be read, and was replaced.
    public struct Failure: Sendable, Equatable {
        /// Its position in the source.
        public let index: Int
        /// Why, with the file's name.
        public let reason: String
    }

    /// Batches handed out.
    public internal(set) var batchCount = 0
    /// Examples in them, replacements included.
    public internal(set) var exampleCount = 0
    /// How many of these stand in for one that could not be read.
    public internal(set) var replacedCount = 0
    /// The examples that could not be read, each once, in the order they came up; only the first `failureLimit` are kept.
    public internal(set) var failures: [Failure] = []

    /// Most failures named.
    public static let failureLimit = 1000

    /// The part of the examples that had to be replaced, 0...1.
    public var badShare: Double { exampleCount == 0 ? 0 : Double(replacedCount) / Double(exampleCount) }

    mutating func add(_ batch: AssembledBatch) {
        batchCount += 1
        exampleCount += batch.batch.names.count
        replacedCount += batch.replacedCount
        for failure in batch.failures where failures.count < Self.failureLimit && !failures.contains(where: { $0.index == failure.index }) {
            failures.append(failure)
        }
    }
}
