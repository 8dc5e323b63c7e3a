import Dispatch
import Foundation

/// Runs work that Ctrl-C, or the signal a system sends to end a program, cancels.
///
/// The first signal asks the work to stop where it can; the second ends the program at once.
///
/// - Throws: `CancellationError` when the work was interrupted, else what the work throws.
func interruptible(_ work: @escaping @Sendable () async throws -> Void) async throws {
    let task = Task { try await work() }
    let sources = [SIGINT, SIGTERM].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            if task.isCancelled { _exit(ExitStatus.interrupted) }
            task.cancel()
        }
        source.activate()
        return source
    }
    defer { for source in sources { source.cancel() } }
    do {
        try await task.value
    } catch {
        // Whatever the work threw after it was told to stop, it was interrupted.
        throw task.isCancelled ? CancellationError() : error
    }
}
