internal import Foundation

/// Runs an actor's jobs on one thread of its own, in order.
///
/// libtorch keeps gradient mode, precision modes and our error text per thread, so work that belongs together must stay
/// on one thread. A serial dispatch queue does not promise that; this does.
///
/// ```swift
/// actor Host {
///     let thread = TorchThreadExecutor(name: "cuda:0")
///     nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
/// }
/// ```
public final class TorchThreadExecutor: SerialExecutor {
    private let jobs = JobQueue()

    /// Starts the thread.
    /// - Parameter name: what debuggers call the thread.
    public init(name: String = "libtorch") {
        let thread = Thread { [jobs] in jobs.run() }
        thread.name = name
        thread.stackSize = 16 << 20  // the size of a main thread: decoders and deep graphs recurse
        thread.start()
    }

    deinit {
        jobs.close()
    }

    /// Takes a job to run after those taken before.
    public func enqueue(_ job: consuming ExecutorJob) {
        jobs.append(UnownedJob(job), for: asUnownedSerialExecutor())
    }

    /// Stops the program where the caller is not on this executor's thread.
    public func checkIsolated() {
        precondition(jobs.areRunOnCurrentThread, "this code must run on the thread of its TorchThreadExecutor")
    }
}

/// The jobs a thread has still to run.
///
/// Unchecked: every access to the stored properties happens with `condition` locked.
private final class JobQueue: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: [(job: UnownedJob, executor: UnownedSerialExecutor)] = []
    private var isClosed = false
    private var thread: ObjectIdentifier?

    /// Whether the caller is on the thread that runs these jobs.
    var areRunOnCurrentThread: Bool {
        condition.withLock { thread == ObjectIdentifier(Thread.current) }
    }

    func append(_ job: UnownedJob, for executor: UnownedSerialExecutor) {
        condition.withLock { waiting.append((job, executor)) }
        condition.signal()
    }

    func close() {
        condition.withLock { isClosed = true }
        condition.signal()
    }

    /// The thread's whole life. It ends when the executor is gone; no job can be left then, as jobs keep their actor alive.
    func run() {
        condition.withLock { thread = ObjectIdentifier(Thread.current) }
        while let next = next() {
            for (job, executor) in next { job.runSynchronously(on: executor) }
        }
    }

    /// Waits for jobs; nil once closed.
    private func next() -> [(job: UnownedJob, executor: UnownedSerialExecutor)]? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty, !isClosed { condition.wait() }
        defer { waiting.removeAll() }
        return waiting.isEmpty ? nil : waiting
    }
}
