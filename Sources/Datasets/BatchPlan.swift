internal import Synchronization

/// Which examples each batch takes: the same for the same settings, from any batch number on, whatever ran before.
///
/// All examples of a batch have the same number of references. Batches are planned for the whole run, `batchSize` times
/// `rankCount` examples each, and every rank takes its slice: n processes with batch b see exactly what one process with
/// batch n·b sees. Source of the grouping and of one order repeated: UNO, dataset/uno.py, `collate_fn`, and train.py.
public struct BatchPlan: Sendable {
    /// Which examples, and when they are passed once more.
    public struct Batch: Sendable, Equatable {
        /// Batches before this one since the start of training.
        public let number: Int
        /// Passes through all examples before this one; 0 for endless sources.
        public let epoch: Int
        /// Positions in the source, this rank's slice only.
        public let indices: [Int]
    }

    /// How the examples of a finite source are ordered.
    public struct Order: Sendable, Equatable {
        /// True for a new order in every epoch; false repeats the first one, as the official program does.
        public var reshuffles: Bool
        /// True fills the last batch of an epoch up with examples of the same group, so that all batches have one size; false leaves
        /// it short, as the official program does with one process.
        public var fillsLastBatch: Bool

        public init(reshuffles: Bool = true, fillsLastBatch: Bool = true) {
            self.reshuffles = reshuffles
            self.fillsLastBatch = fillsLastBatch
        }

        /// One order, shuffled once and repeated, whose last batch may be short.
        public static let official = Order(reshuffles: false, fillsLastBatch: false)
    }

    /// Examples of a batch of one rank.
    public let batchSize: Int
    /// Which of the processes this one is.
    public let rank: Int
    /// Processes that train together.
    public let rankCount: Int
    /// Decides every order.
    public let seed: UInt64
    /// How examples are ordered; without meaning for endless sources, which are taken from the front.
    public let order: Order

    /// Positions with the same number of references, in rising order; nil for endless sources.
    private let groups: [[Int]]?
    private let epochs = EpochOrders()

    /// Plans for all examples of a source.
    ///
    /// - Parameters:
    ///   - source: Finite, or endless; an endless source decides itself how many references a batch of the whole run has.
    ///   - batchSize: Examples of a batch of one rank.
    ///   - rank: 0..<rankCount.
    ///   - rankCount: Processes that train together.
    ///   - seed: Another seed is another order.
    /// - Throws: `DatasetsError.setting` for numbers that cannot be.
    public init(
        _ source: some ExampleSource, batchSize: Int, rank: Int = 0, rankCount: Int = 1, seed: UInt64, order: Order = Order()
    ) throws(DatasetsError) {
        guard batchSize >= 1 else { throw .setting("The batch size", problem: "is \(batchSize); expected at least 1") }
        guard rankCount >= 1, (0..<rankCount).contains(rank) else {
            throw .setting("The rank", problem: "is \(rank) of \(rankCount) processes; expected 0 up to one less than their number")
        }
        guard rankCount == 1 || order.fillsLastBatch || source.count == nil else {
            throw .setting("A short last batch", problem: "cannot be shared by \(rankCount) processes; fill it, or train with one process")
        }
        (self.batchSize, self.rank, self.rankCount, self.seed, self.order) = (batchSize, rank, rankCount, seed, order)
        guard let count = source.count else {
            groups = nil
            return
        }
        guard count > 0 else { throw .setting("The source", problem: "is empty; expected at least one example") }
        groups = Dictionary(grouping: 0..<count) { source.referenceCount(at: $0) }.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Examples of a batch of all ranks together.
    public var wholeBatchSize: Int { batchSize * rankCount }

    /// Batches until every example was taken once; nil for endless sources.
    public var batchesPerEpoch: Int? {
        groups.map { $0.reduce(0) { $0 + ($1.count + wholeBatchSize - 1) / wholeBatchSize } }
    }

    /// The batch of that number, counted from 0.
    public func batch(_ number: Int) -> Batch {
        precondition(number >= 0, "Batches are counted from 0; \(number) was asked for.")
        guard let groups, let batchesPerEpoch else {
            let first = (number * rankCount + rank) * batchSize
            return Batch(number: number, epoch: 0, indices: Array(first..<first + batchSize))
        }
        let (epoch, place) = number.quotientAndRemainder(dividingBy: batchesPerEpoch)
        let ordered = epochs.order(order.reshuffles ? epoch : 0) { makeOrder(groups, epoch: $0) }
        let whole = ordered.batch(place)
        return Batch(number: number, epoch: epoch, indices: Array(whole.dropFirst(rank * batchSize).prefix(batchSize)))
    }

    /// Shuffles each group, cuts it into batches and shuffles the batches of all groups.
    private func makeOrder(_ groups: [[Int]], epoch: Int) -> EpochOrder {
        var indices: [Int] = [], batches: [Range<Int>] = []
        for (number, group) in groups.enumerated() {
            var group = group
            var random = SeededOrder(seed, UInt64(epoch), UInt64(number) + 1)
            random.shuffle(&group)
            for start in stride(from: 0, to: group.count, by: wholeBatchSize) {
                let end = order.fillsLastBatch ? start + wholeBatchSize : min(start + wholeBatchSize, group.count)
                batches.append(indices.count..<indices.count + end - start)
                for place in start..<end { indices.append(group[place % group.count]) }
            }
        }
        if groups.count > 1 {
            var random = SeededOrder(seed, UInt64(epoch), 0)
            random.shuffle(&batches)
        }
        return EpochOrder(indices: indices, batches: batches)
    }
}

/// All batches of one epoch, of all ranks.
private struct EpochOrder: Sendable {
    let indices: [Int]
    let batches: [Range<Int>]

    func batch(_ place: Int) -> ArraySlice<Int> { indices[batches[place]] }
}

/// The orders made last: two, because batches are prepared ahead across the end of an epoch.
private final class EpochOrders: Sendable {
    private let recent = Mutex<[(epoch: Int, order: EpochOrder)]>([])

    func order(_ epoch: Int, make: (Int) -> EpochOrder) -> EpochOrder {
        recent.withLock { recent in
            if let known = recent.first(where: { $0.epoch == epoch }) { return known.order }
            if recent.count == 2 { recent.removeFirst() }
            let order = make(epoch)
            recent.append((epoch, order))
            return order
        }
    }
}
