internal import Synchronization

/// Batches prepared ahead by worker threads and handed out strictly in order.
///
/// What comes out depends on source, plan, settings and batch number only, never on the number of workers or their timing.
/// An example that cannot be read is replaced by the next readable one with as many references, and named in `report`.
///
/// ```swift
/// let plan = try BatchPlan(source, batchSize: 2, seed: 7)
/// let loader = try BatchLoader(source, plan, LoaderSettings(resolution: 512), startingAt: resumedStep)
/// while let batch = try loader.next() { … }
/// ```
public final class BatchLoader: Sendable {
    private let queue: LoaderQueue
    private let settings: LoaderSettings
    private let state = Mutex(State())

    private struct State {
        var report = LoaderReport()
        /// Set once, and thrown by every later `next`.
        var failure: (any Error)?
    }

    /// Starts the workers.
    ///
    /// - Parameters:
    ///   - plan: Made for the same source.
    ///   - startingAt: Number of the first batch, for a training that is resumed.
    ///   - endingBefore: Number of the batch that is not made any more; nil goes on without end.
    /// - Throws: `DatasetsError` for settings that cannot be.
    public init(
        _ source: some ExampleSource, _ plan: BatchPlan, _ settings: LoaderSettings = LoaderSettings(), startingAt first: Int = 0,
        endingBefore end: Int? = nil
    ) throws(DatasetsError) {
        guard first >= 0 else { throw .setting("The first batch", problem: "is \(first); expected 0 or more") }
        let assembly = try BatchAssembly(source, plan, settings)
        self.settings = settings
        queue = LoaderQueue(first: first, end: end ?? .max, lookAhead: settings.lookAhead)
        queue.start(workerCount: settings.workerCount, assembly)
    }

    /// Waits for the workers to end, as `cancel` does.
    deinit { queue.close() }

    /// The next batch, waiting until it is ready; nil at the end and after `cancel`.
    ///
    /// Blocks the calling thread; for one thread that trains, not for asynchronous code.
    ///
    /// - Throws: `DatasetsError.tooManyBad` and `.noReplacement` for data in too bad a state, `.mixedReferenceCounts` for an
    ///   endless source that does not fit the plan. After an error every further call throws it again.
    public func next() throws -> TrainingBatch? {
        if let failure = state.withLock({ $0.failure }) { throw failure }
        do {
            guard let assembled = try queue.take() else { return nil }
            try state.withLock { state in
                state.report.add(assembled)
                try check(state.report)
            }
            return assembled.batch
        } catch {
            state.withLock { $0.failure = error }
            throw error
        }
    }

    /// What was met so far; may be asked for from any thread.
    public var report: LoaderReport { state.withLock { $0.report } }

    /// Stops the workers and waits for them, at most as long as one example takes to read. A waiting `next` returns nil.
    public func cancel() { queue.close() }

    /// Workers that have not ended.
    package var runningWorkerCount: Int { queue.runningWorkerCount }

    private func check(_ report: LoaderReport) throws(DatasetsError) {
        guard report.exampleCount >= settings.badShareGrace, report.badShare > settings.badShareLimit else { return }
        throw .tooManyBad(
            bad: report.replacedCount, of: report.exampleCount, limit: settings.badShareLimit, first: report.failures.first?.reason ?? "")
    }
}
