import Torch

/// Adds up gradients over all processes while the backward pass goes on, and hands out updated weights.
///
/// Tensors stay on their device: those in main memory travel over Open MPI, those of GPUs over NCCL.
final class GradientExchange {
    let group: ProcessGroup
    private let weights: [Tensor]
    private let plan: BucketPlan
    private let buckets: [Bucket]
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

        init(_ bucket: BucketPlan.Bucket, on device: Device) throws(TorchError) {
            (owner, indices) = (bucket.owner, bucket.indices)
            buffer = try Tensor.zeros([bucket.count], device: device)
        }
    }

    /// Values of a bucket: large enough that latency does not count, small enough that several overlap with the pass.
    private static let bucketCount = 1 << 20

    init(_ weights: [Tensor], _ group: ProcessGroup) throws {
        self.group = group
        self.weights = weights
        plan = BucketPlan(weights.map(\.count), processCount: group.count, bucketCount: Self.bucketCount)
        let device = weights.first?.device ?? .cpu
        buckets = try plan.buckets.map { try Bucket($0, on: device) }
        try Gradients.watch(weights) { [weak self] index in self?.completed(index) }
    }

    func owner(_ index: Int) -> Int { plan.owners[index] }
    func owns(_ index: Int) -> Bool { plan.owners[index] == group.rank }

    // MARK: the pass

    /// The next backward pass completes the gradients.
    func begin() {
        isLastPass = true
        begunCount = 0
        for bucket in buckets { bucket.missing = Set(bucket.indices) }
    }

    /// Called within the pass, where nothing can be thrown; for a GPU on a thread of libtorch's, while this one waits.
    private func completed(_ index: Int) {
        guard isLastPass, failure == nil else { return }
        do { try collect(index, weights[index].gradient()) } catch { failure = error }
    }

    private func collect(_ index: Int, _ gradient: Tensor?) throws(TorchError) {
        let bucket = buckets[plan.places[index].bucket]
        guard bucket.missing.remove(index) != nil else { return }
        let place = try bucket.buffer.narrowed(dim: 0, start: plan.places[index].offset, count: weights[index].count)
        try withoutGradients { () throws(TorchError) in
            if let gradient { try place.copyInPlace(from: gradient.reshaped([-1]) * (1 / Double(group.count))) } else { try place.fillInPlace(0) }
        }
        while begunCount < buckets.count, buckets[begunCount].missing.isEmpty {
            let next = buckets[begunCount]
            next.exchange = try group.reduce(next.buffer, to: next.owner)
            begunCount += 1
        }
        // GPUs need no one to go on with theirs.
        if place.device == .cpu { for bucket in buckets[..<begunCount] { try bucket.exchange?.advance() } }
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
            let place = plan.places[index]
            return try buckets[place.bucket].buffer.narrowed(dim: 0, start: place.offset, count: weight.count).reshaped(weight.shape)
        }
    }

    /// Copies every weight from its owner to all.
    func broadcastWeights() throws(TorchError) {
        var exchanges: [ProcessGroup.Exchange] = []
        var copies: [(weight: Tensor, copy: Tensor)] = []
        for (index, weight) in weights.enumerated() {
            let plain = try weight.detached()
            let shared = weight.isContiguous ? plain : try plain.contiguous()
            if !weight.isContiguous { copies.append((plain, shared)) }
            exchanges.append(try group.broadcast(shared, from: plan.owners[index]))
        }
        for exchange in exchanges { try exchange.wait() }
        for (weight, copy) in copies { try weight.copyInPlace(from: copy) }
    }
}
