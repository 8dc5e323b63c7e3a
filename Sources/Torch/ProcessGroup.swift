internal import CTorch

/// Processes that work together, as `mpirun` started them.
///
/// Belongs to the thread that joined, as tensors do. Every process must ask for the same exchanges in the same order.
public final class ProcessGroup {
    /// Which of the processes this one is, from 0.
    public let rank: Int
    /// How many there are.
    public let count: Int

    /// Joins the group that Open MPI's `mpirun` started this process in.
    /// - Throws: `TorchError` where Open MPI is not installed or cannot start.
    public init() throws(TorchError) {
        var rank: Int32 = 0, count: Int32 = 1
        try Tensor.check(ct_group_join(&rank, &count), "ProcessGroup", [])
        self.rank = Int(rank)
        self.count = Int(count)
    }

    /// An exchange that goes on beside other work.
    public final class Exchange {
        private let request: OpaquePointer
        private var isDone = false

        fileprivate init(_ request: OpaquePointer) { self.request = request }

        deinit { ct_request_free(request) }

        /// Lets the exchange make progress.
        public func advance() throws(TorchError) {
            guard !isDone else { return }
            try Tensor.check(ct_request_test(request, &isDone), "ProcessGroup.advance", [])
        }

        /// Waits for its end.
        public func wait() throws(TorchError) {
            guard !isDone else { return }
            try Tensor.check(ct_request_wait(request), "ProcessGroup.wait", [])
            isDone = true
        }
    }

    /// Begins to add up a tensor over all processes; the sum arrives in the tensor of `root`.
    /// - Parameter x: contiguous float32 in main memory, not to be touched until the exchange is over.
    public func reduce(_ x: Tensor, to root: Int) throws(TorchError) -> Exchange {
        var request: OpaquePointer?
        try Tensor.check(ct_group_reduce(x.handle, Int32(root), &request), "ProcessGroup.reduce", [x])
        return Self.exchange(request)
    }

    /// Begins to copy a tensor's elements from `root` to all, in place.
    public func broadcast(_ x: Tensor, from root: Int) throws(TorchError) -> Exchange {
        var request: OpaquePointer?
        try Tensor.check(ct_group_broadcast(x.handle, Int32(root), &request), "ProcessGroup.broadcast", [x])
        return Self.exchange(request)
    }

    /// The sums of numbers over all processes.
    public func sum(_ values: [Double]) throws(TorchError) -> [Double] {
        var values = values
        try Tensor.check(ct_group_sum(&values, values.count), "ProcessGroup.sum", [])
        return values
    }

    /// Waits until every process is here.
    public func synchronize() throws(TorchError) {
        try Tensor.check(ct_group_barrier(), "ProcessGroup.synchronize", [])
    }

    /// Leaves the group, as every process must before it ends.
    public func leave() throws(TorchError) {
        try Tensor.check(ct_group_leave(), "ProcessGroup.leave", [])
    }

    /// Ends all processes at once, this one too: for a failure of one that the others cannot know of.
    public func abort(code: Int) { ct_group_abort(Int32(code)) }

    private static func exchange(_ request: OpaquePointer?) -> Exchange {
        guard let request else { preconditionFailure("an exchange was begun without a request") }
        return Exchange(request)
    }
}

@available(*, unavailable, message: "a process group belongs to one thread")
extension ProcessGroup: Sendable {}
