import Testing
import Training

/// How weights and gradients are shared out among processes.
@Suite struct BucketPlanTests {
    static let cases: [(counts: [Int], processes: Int)] = [
        ([5, 3, 8, 1, 9, 2, 7], 1), ([5, 3, 8, 1, 9, 2, 7], 3), ([100], 4), ([1, 1, 1, 1, 1, 1, 1, 1], 2), ([], 2),
        ((0..<200).map { 1 + $0 * 7919 % 1000 }, 5),
    ]

    @Test(arguments: cases) func everyWeightTravelsOnceToItsOwner(counts: [Int], processes: Int) {
        let plan = BucketPlan(counts, processCount: processes, bucketCount: 10)
        #expect(plan.buckets.flatMap(\.indices).sorted() == Array(counts.indices))
        for (number, bucket) in plan.buckets.enumerated() {
            var offset = 0
            for index in bucket.indices {
                #expect(plan.owners[index] == bucket.owner)
                #expect(plan.places[index] == (number, offset))
                offset += counts[index]
            }
            #expect(offset == bucket.count)
            // Full before the next one of its owner begins, and no fuller than its last weight makes it.
            #expect(bucket.count - (bucket.indices.last.map { counts[$0] } ?? 0) < 10)
        }
        let unfilled = plan.buckets.filter { $0.count < 10 }
        #expect(Set(unfilled.map(\.owner)).count == unfilled.count)
    }

    @Test(arguments: cases) func theLastLayerTravelsFirst(counts: [Int], processes: Int) {
        let plan = BucketPlan(counts, processCount: processes, bucketCount: 10)
        for owner in 0..<processes {
            let order = plan.buckets.filter { $0.owner == owner }.flatMap(\.indices)
            #expect(order == order.sorted(by: >))
        }
    }

    @Test func processesOwnAboutAsMuch() {
        let counts = (0..<200).map { 1 + $0 * 7919 % 1000 }, plan = BucketPlan(counts, processCount: 5, bucketCount: 1000)
        let loads = (0..<5).map { owner in counts.indices.filter { plan.owners[$0] == owner }.reduce(0) { $0 + counts[$1] } }
        #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1000, "\(loads)")
    }
}
