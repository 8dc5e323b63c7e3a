internal import Foundation

/// Batches in work and finished ones, handed out in the order of their numbers.
///
/// Unchecked: every access to the stored variables happens with `condition` locked.
final class LoaderQueue: @unchecked Sendable {
    private let condition = NSCondition()
    private let lookAhead: Int
    /// No batch from this number on is made.
    private let end: Int
    private var nextToStart: Int
    private var nextToDeliver: Int
    private var finished: [Int: Result<AssembledBatch, any Error>] = [:]
    private var isClosed = false
    private var runningWorkers = 0

    init(first: Int, end: Int, lookAhead: Int) {
        (nextToStart, nextToDeliver, self.end, self.lookAhead) = (first, first, end, lookAhead)
    }

    /// Threads that have not ended.
    var runningWorkerCount: Int { condition.withLock { runningWorkers } }

    private var isCancelled: Bool { condition.withLock { isClosed } }

    // MARK: Workers

    /// Starts threads that call `run`; they keep this queue and the assembly alive, never the loader.
    func start(workerCount: Int, _ assembly: BatchAssembly) {
        condition.withLock { runningWorkers = workerCount }
        for number in 0..<workerCount {
            let thread = Thread { [self] in run(assembly) }
            thread.name = "batches \(number)"
            thread.stackSize = 8 << 20  // decoders recurse; a secondary thread's own default can be 512 KiB
            thread.start()
        }
    }

    /// A worker's whole life.
    private func run(_ assembly: BatchAssembly) {
        while let number = takeNumber() {
            do {
                guard let batch = try assembly.batch(number, isCancelled: { isCancelled }) else { break }
                finish(number, .success(batch))
            } catch {
                finish(number, .failure(error))
            }
        }
        condition.withLock {
            runningWorkers -= 1
            condition.broadcast()
        }
    }

    /// The next batch to make; waits while enough are made, nil when there is nothing more to do.
    private func takeNumber() -> Int? {
        condition.withLock {
            while !isClosed && nextToStart < end && nextToStart >= nextToDeliver + lookAhead { condition.wait() }
            guard !isClosed && nextToStart < end else { return nil }
            defer { nextToStart += 1 }
            return nextToStart
        }
    }

    private func finish(_ number: Int, _ result: Result<AssembledBatch, any Error>) {
        condition.withLock {
            finished[number] = result
            condition.broadcast()
        }
    }

    // MARK: The consumer

    /// The next batch in order, waiting for it; nil at the end and after `close`. After an error nothing follows.
    func take() throws -> AssembledBatch? {
        let result: Result<AssembledBatch, any Error>? = condition.withLock {
            while !isClosed && nextToDeliver < end && finished[nextToDeliver] == nil { condition.wait() }
            guard !isClosed, let result = finished.removeValue(forKey: nextToDeliver) else { return nil }
            nextToDeliver += 1
            condition.broadcast()
            return result
        }
        return try result?.get()
    }

    /// Ends all waiting and returns when every worker has ended, which takes at most the reading of one example.
    func close() {
        condition.withLock {
            isClosed = true
            finished.removeAll()
            condition.broadcast()
            while runningWorkers > 0 { condition.wait() }
        }
    }
}
