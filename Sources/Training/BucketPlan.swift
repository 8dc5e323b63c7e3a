/// Which process owns each weight, and how gradients travel together.
///
/// Weights are shared out whole, the largest first, to the process with the least so far. A bucket holds the gradients of one
/// owner, in the order in which a backward pass completes them: last layer first.
package struct BucketPlan: Sendable, Equatable {
    /// Gradients that travel together, one after another.
    package struct Bucket: Sendable, Equatable {
        /// The process where their sum arrives.
        package let owner: Int
        /// The weights, by number.
        package let indices: [Int]
        /// Values in all.
        package let count: Int
    }

    /// The owner of each weight.
    package let owners: [Int]
    /// In the order in which they are sent, the same on every process.
    package let buckets: [Bucket]
    /// The bucket of each weight, and where in it the weight begins.
    package let places: [(bucket: Int, offset: Int)]

    /// - Parameters:
    ///   - counts: values of the weights, in the order in which the model uses them.
    ///   - bucketCount: values from which a bucket is full.
    package init(_ counts: [Int], processCount: Int, bucketCount: Int) {
        owners = Self.owners(of: counts, among: processCount)
        buckets = Self.buckets(counts, owners, bucketCount)
        var places = Array(repeating: (bucket: 0, offset: 0), count: counts.count)
        for (number, bucket) in buckets.enumerated() {
            var offset = 0
            for index in bucket.indices {
                places[index] = (number, offset)
                offset += counts[index]
            }
        }
        self.places = places
    }

    private static func owners(of counts: [Int], among processCount: Int) -> [Int] {
        var loads = Array(repeating: 0, count: processCount), owners = Array(repeating: 0, count: counts.count)
        for index in counts.indices.sorted(by: { (counts[$1], $0) < (counts[$0], $1) }) {
            let least = loads.indices.min { loads[$0] < loads[$1] } ?? 0
            owners[index] = least
            loads[least] += counts[index]
        }
        return owners
    }

    private static func buckets(_ counts: [Int], _ owners: [Int], _ bucketCount: Int) -> [Bucket] {
        var open: [Int: (indices: [Int], count: Int)] = [:]
        var closed: [Bucket] = []
        for index in counts.indices.reversed() {
            var bucket = open[owners[index]] ?? ([], 0)
            bucket.indices.append(index)
            bucket.count += counts[index]
            open[owners[index]] = bucket
            if bucket.count >= bucketCount {
                closed.append(Bucket(owner: owners[index], indices: bucket.indices, count: bucket.count))
                open[owners[index]] = nil
            }
        }
        for (owner, bucket) in open.sorted(by: { $0.key < $1.key }) {
            closed.append(Bucket(owner: owner, indices: bucket.indices, count: bucket.count))
        }
        return closed
    }

    package static func == (one: BucketPlan, other: BucketPlan) -> Bool { one.owners == other.owners && one.buckets == other.buckets }
}
