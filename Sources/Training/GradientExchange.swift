import Torch

/// Adds up gradients over all processes while the backward pass goes on, and hands out updated weights.
///
/// Weights are shared out whole, the largest first, to the process with the least so far. Gradients travel in buckets of
/// one owner, in the order in which the backward pass completes them: last layer first.
final class GradientExchange {
    let group: ProcessGroup
    private let weights: [Tensor]
    private let owners: [Int]
    private let buckets: [Bucket]
    /// The bucket of each weight, and where in it the weight begins.
    private let places: [(bucket: Int, offset: Int)]
    private var isLastPass = false
    /// Buckets whose exchange has begun; they begin in order, the same on every process.
    private var begunCount = 0
    private var failure: TorchError?

    private final class Bucket {
        let owner: Int, indices: [Int]
        /// Gradients one after another, float32; whole buffers travel.
        let buffer: Tensor
        var missing: Set<Int> = []
        var exchange: ProcessGroup.Exchange?

        init(owner: Int, indices: [Int], count: Int) throws(TorchError) {
            (self.owner, self.indices) = (owner, indices)
            buffer = try Tensor.zeros([count])
        }
    }

    /// Values of a bucket: large enough that latency does not count, small enough that several overlap with the pass.
    private static let bucketCount = 1 << 20

    init(_ weights: [Tensor], _ group: ProcessGroup) throws(TorchError) {
        self.group = group
        self.weights = weights
        owners = Self.owners(of: weights.map(\.count), among: group.count)
        (buckets, places) = try Self.buckets(weights.map(\.count), owners)
        try Gradients.watch(weights) { [weak self] index in self?.completed(index) }
    }

    func owner(_ index: Int) -> Int { owners[index] }
    func owns(_ index: Int) -> Bool { owners[index] == group.rank }

    static func owners(of counts: [Int], among processCount: Int) -> [Int] {
        var loads = Array(repeating: 0, count: processCount), owners = Array(repeating: 0, count: counts.count)
        for index in counts.indices.sorted(by: { (counts[$1], $0) < (counts[$0], $1) }) {
            let least = loads.indices.min { loads[$0] < loads[$1] } ?? 0
            owners[index] = least
            loads[least] += counts[index]
        }
        return owners
    }

    private static func buckets(_ counts: [Int], _ owners: [Int]) throws(TorchError) -> ([Bucket], [(bucket: Int, offset: Int)]) {
        var open: [Int: (indices: [Int], count: Int)] = [:]
        var closed: [(owner: Int, indices: [Int], count: Int)] = []
        for index in counts.indices.reversed() {
            var bucket = open[owners[index]] ?? ([], 0)
            bucket.indices.append(index)
            bucket.count += counts[index]
            open[owners[index]] = bucket
            if bucket.count >= bucketCount {
                closed.append((owners[index], bucket.indices, bucket.count))
                open[owners[index]] = nil
            }
        }
        for (owner, bucket) in open.sorted(by: { $0.key < $1.key }) { closed.append((owner, bucket.indices, bucket.count)) }
        var places = Array(repeating: (bucket: 0, offset: 0), count: counts.count)
        var buckets: [Bucket] = []
        for (number, bucket) in closed.enumerated() {
            var offset = 0
            for index in bucket.indices {
                places[index] = (number, offset)
                offset += counts[index]
            }
            buckets.append(try Bucket(owner: bucket.owner, indices: bucket.indices, count: bucket.count))
        }
        return (buckets, places)
    }

    // MARK: the pass

    /// The next backward pass completes the gradients.
    func begin() {
        isLastPass = true
        begunCount = 0
        for bucket in buckets { bucket.missing = Set(bucket.indices) }
    }

    /// Called within the pass, where nothing can be thrown.
    private func completed(_ index: Int) {
        guard isLastPass, failure == nil else { return }
        do { try collect(index, weights[index].gradient()) } catch { failure = error }
    }

    private func collect(_ index: Int, _ gradient: Tensor?) throws(TorchError) {
        let bucket = buckets[places[index].bucket]
        guard bucket.missing.remove(index) != nil else { return }
        let place = try bucket.buffer.narrowed(dim: 0, start: places[index].offset, count: weights[index].count)
        try withoutGradients { () throws(TorchError) in
            if let gradient { try place.copyInPlace(from: gradient.reshaped([-1]) * (1 / Double(group.count))) } else { try place.fillInPlace(0) }
        }
        while begunCount < buckets.count, buckets[begunCount].missing.isEmpty {
            let next = buckets[begunCount]
            next.exchange = try group.reduce(next.buffer, to: next.owner)
            begunCount += 1
        }
        for bucket in buckets[..<begunCount] { try bucket.exchange?.advance() }
    }

    /// Waits for all sums.
    /// - Returns: the mean gradient of every weight that this process owns; the others' have no meaning.
    func finish() throws(TorchError) -> [Tensor] {
        if let failure { throw failure }
        // Weights without a part in the pass, and passes that were not announced.
        if !isLastPass { begin() }
        for index in weights.indices.reversed() { try collect(index, weights[index].gradient()) }
        for bucket in buckets {
            try bucket.exchange?.wait()
            bucket.exchange = nil
        }
        isLastPass = false
        return try weights.enumerated().map { index, weight throws(TorchError) in
            let place = places[index]
            return try buckets[place.bucket].buffer.narrowed(dim: 0, start: place.offset, count: weight.count).reshaped(weight.shape)
        }
    }

    /// Copies every weight from its owner to all.
    func broadcastWeights() throws(TorchError) {
        var exchanges: [ProcessGroup.Exchange] = []
        var copies: [(weight: Tensor, copy: Tensor)] = []
        for (index, weight) in weights.enumerated() {
            let plain = try weight.detached()
            let isPlain = weight.device == .cpu && weight.isContiguous
            let shared = isPlain ? plain : try plain.to(.cpu).contiguous().cloned()
            if !isPlain { copies.append((plain, shared)) }
            exchanges.append(try group.broadcast(shared, from: owners[index]))
        }
        for exchange in exchanges { try exchange.wait() }
        for (weight, copy) in copies { try weight.copyInPlace(from: copy) }
    }
}
