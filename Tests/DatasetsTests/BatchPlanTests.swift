import Datasets
import Testing

/// Examples that are only counted.
struct Counted: ExampleSource {
    var referenceCounts: [Int]
    var isEndless = false

    var count: Int? { isEndless ? nil : referenceCounts.count }
    func referenceCount(at index: Int) -> Int { referenceCounts[index % referenceCounts.count] }
    func example(at index: Int) throws -> TrainingExample { throw CancellationError() }
}

struct BatchPlanTests {
    static let mixed = Counted(referenceCounts: (0..<101).map { [1, 1, 2, 1, 0][$0 % 5] })

    private func epoch(_ plan: BatchPlan, _ epoch: Int = 0) throws -> [[Int]] {
        let count = try #require(plan.batchesPerEpoch)
        return (epoch * count..<(epoch + 1) * count).map { plan.batch($0).indices }
    }

    @Test func everyExampleComesOnceAnEpoch() throws {
        let plan = try BatchPlan(Self.mixed, batchSize: 4, seed: 3, order: .official)
        for number in 0..<3 { #expect(try epoch(plan, number).joined().sorted() == Array(0..<101)) }
        let filled = try BatchPlan(Self.mixed, batchSize: 4, seed: 3)
        for number in 0..<3 {
            let batches = try epoch(filled, number)
            #expect(Set(batches.joined()) == Set(0..<101) && batches.allSatisfy { $0.count == 4 })
        }
    }

    @Test(arguments: [1, 2, 3, 7, 64, 500]) func batchesHoldOneReferenceCount(size: Int) throws {
        let plan = try BatchPlan(Self.mixed, batchSize: size, seed: 3)
        for number in 0..<200 {
            let counts = Set(plan.batch(number).indices.map(Self.mixed.referenceCount(at:)))
            #expect(counts.count == 1)
        }
    }

    @Test func seedAndEpochDecideTheOrder() throws {
        let plan = try BatchPlan(Self.mixed, batchSize: 4, seed: 3)
        #expect(try epoch(plan) == epoch(BatchPlan(Self.mixed, batchSize: 4, seed: 3)))
        #expect(try epoch(plan) != epoch(BatchPlan(Self.mixed, batchSize: 4, seed: 4)))
        #expect(try epoch(plan, 0) != epoch(plan, 1))
        #expect(plan.batch(plan.batchesPerEpoch ?? 0).epoch == 1)
        let repeated = try BatchPlan(Self.mixed, batchSize: 4, seed: 3, order: .init(reshuffles: false))
        #expect(try epoch(repeated, 0) == epoch(plan, 0))
        #expect(try epoch(repeated, 0) == epoch(repeated, 7))
    }

    /// A changed order would train another model from the same recipe, so it is written down.
    @Test func orderIsTheSameForever() throws {
        let plan = try BatchPlan(Counted(referenceCounts: [1, 1, 1, 2, 2, 1, 1]), batchSize: 2, seed: 42)
        #expect((0..<5).map { plan.batch($0).indices } == Self.frozenOrder)
    }

    static let frozenOrder = [[6, 0], [0, 5], [4, 3], [2, 1], [3, 4]]

    @Test func anyBatchCanBeAskedForFirst() throws {
        let plan = try BatchPlan(Self.mixed, batchSize: 4, seed: 3)
        let forward = (0..<300).map { plan.batch($0) }
        let other = try BatchPlan(Self.mixed, batchSize: 4, seed: 3)
        #expect((0..<300).reversed().map { other.batch($0) }.reversed() == forward)
    }

    @Test(arguments: [(2, 3), (3, 2), (4, 1), (1, 5)]) func ranksShareTheBatchesOfOneProcess(ranks: Int, size: Int) throws {
        for source in [Self.mixed, Counted(referenceCounts: [1], isEndless: true)] {
            let one = try BatchPlan(source, batchSize: ranks * size, seed: 9)
            let parts = try (0..<ranks).map { try BatchPlan(source, batchSize: size, rank: $0, rankCount: ranks, seed: 9) }
            #expect(parts.allSatisfy { $0.batchesPerEpoch == one.batchesPerEpoch })
            for number in 0..<100 {
                #expect(parts.flatMap { $0.batch(number).indices } == one.batch(number).indices)
                #expect(parts.allSatisfy { $0.batch(number).indices.count == size })
            }
        }
    }

    @Test func endlessSourcesAreTakenFromTheFront() throws {
        let plan = try BatchPlan(Counted(referenceCounts: [0], isEndless: true), batchSize: 3, rank: 1, rankCount: 2, seed: 0)
        #expect(plan.batchesPerEpoch == nil)
        #expect(plan.batch(0).indices == [3, 4, 5] && plan.batch(5).indices == [33, 34, 35])
        #expect(plan.batch(5).epoch == 0)
    }

    @Test func smallGroupsFillTheirBatch() throws {
        let plan = try BatchPlan(Counted(referenceCounts: [0, 1, 1]), batchSize: 5, seed: 1)
        #expect(plan.batchesPerEpoch == 2)
        let batches = [plan.batch(0).indices, plan.batch(1).indices].sorted { Set($0).count < Set($1).count }
        #expect(batches[0] == [0, 0, 0, 0, 0])
        #expect(Set(batches[1]) == [1, 2] && batches[1].count == 5)
        let short = try BatchPlan(Counted(referenceCounts: [0, 1, 1]), batchSize: 5, seed: 1, order: .official)
        #expect([short.batch(0).indices.count, short.batch(1).indices.count].sorted() == [1, 2])
    }

    @Test func ordersAreEquallyFrequent() throws {
        var counts: [[Int]: Int] = [:]
        for seed in 0..<6000 {
            let plan = try BatchPlan(Counted(referenceCounts: [0, 0, 0]), batchSize: 3, seed: UInt64(seed))
            counts[plan.batch(0).indices, default: 0] += 1
        }
        // Six orders of 1000 each; four standard deviations are 115.
        #expect(counts.count == 6 && counts.values.allSatisfy { (885...1115).contains($0) }, "\(counts)")
    }

    @Test func impossibleSettingsAreErrors() {
        let source = Counted(referenceCounts: [1])
        for (text, body) in [
            ("batch size is 0", { try BatchPlan(source, batchSize: 0, seed: 0) }),
            ("rank is 2 of 2", { try BatchPlan(source, batchSize: 1, rank: 2, rankCount: 2, seed: 0) }),
            ("rank is 0 of 0", { try BatchPlan(source, batchSize: 1, rankCount: 0, seed: 0) }),
            ("source is empty", { try BatchPlan(Counted(referenceCounts: []), batchSize: 1, seed: 0) }),
            ("short last batch", { try BatchPlan(source, batchSize: 1, rankCount: 2, seed: 0, order: .official) }),
        ] as [(String, () throws -> BatchPlan)] {
            let message = errorText { _ = try body() }
            #expect(message.lowercased().contains(text), "\(message)")
        }
    }
}
