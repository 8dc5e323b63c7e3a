internal import CTorch
#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

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

    /// Prepares exchanges of tensors on `device`: over NCCL for a GPU, over Open MPI as ever for main memory.
    ///
    /// Every process calls it, each with a GPU of its own, or all without one.
    /// - Parameter directories: where NCCL's library is looked for before the system's own places.
    /// - Throws: `TorchError.ncclUnavailable`; `.operation` with NCCL's message, or where only some processes have a GPU.
    public func prepare(_ device: Device, librariesIn directories: [String]) throws(TorchError) {
        let withGPU = Int(try sum([device == .cpu ? 0 : 1])[0])
        guard withGPU == 0 || withGPU == count else {
            throw .operation(
                name: "ProcessGroup.prepare", inputs: "\(withGPU) of \(count) processes have a GPU",
                message: "all of them need one, or none; start as many on a machine as it has GPUs")
        }
        guard device != .cpu else { return }
        try NCCL.load(from: directories)
        try Tensor.check(ct_group_join_gpus(device.number, Int32(rank), Int32(count)), "ProcessGroup.prepare", [], device.description)
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

        /// Waits for its end. For a tensor on a GPU it is the GPU that waits, before what it is asked to do next.
        public func wait() throws(TorchError) {
            guard !isDone else { return }
            try Tensor.check(ct_request_wait(request), "ProcessGroup.wait", [])
            isDone = true
        }
    }

    /// Begins to add up a tensor over all processes; the sum arrives in the tensor of `root`.
    /// - Parameter x: contiguous float32, not to be touched until the exchange is over; in main memory, or on the GPU that the
    ///   group was prepared for.
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

/// NCCL's library, over which GPUs exchange tensors.
package enum NCCL {
    /// Loads it from the first of `directories` that has it, else from where the system keeps libraries.
    /// - Throws: `TorchError.ncclUnavailable`.
    package static func load(from directories: [String]) throws(TorchError) {
        let paths = directories.map { strdup($0) }
        defer { paths.forEach { free($0) } }
        guard Int(ct_nccl_load(paths.map { UnsafePointer($0) }, paths.count)) == CT_OK else {
            throw .ncclUnavailable(message: TorchError.nativeMessage())
        }
    }
}

@available(*, unavailable, message: "a process group belongs to one thread")
extension ProcessGroup: Sendable {}
