import AsyncHTTPClient
import NIOHTTP1

/// A failure that another attempt may not meet.
struct Setback: Error {
    let reason: String
    var kind = Kind.interrupted
    /// How long the hub asks to wait.
    var requestedPause: Duration?

    enum Kind: Equatable {
        /// What has arrived can be continued.
        case interrupted
        /// The server cannot continue what has arrived; it has to come again.
        case notContinued
        /// The server has other content than was listed: what arrived instead.
        case otherContent(found: String)
    }

    init(_ reason: String, _ kind: Kind = .interrupted, requestedPause: Duration? = nil) {
        self.reason = reason
        self.kind = kind
        self.requestedPause = requestedPause
    }

    /// A failure of the network below HTTP, in words.
    init(network error: any Error) {
        guard let error = error as? HTTPClientError else {
            let isEarlyEnd = error as? HTTPParserError == .invalidEOFState
            self.init(isEarlyEnd ? "the connection was closed" : "the connection failed (\(error))")
            return
        }
        switch error {
        case .remoteConnectionClosed: self.init("the connection was closed")
        case .readTimeout, .deadlineExceeded: self.init("the server has gone silent")
        case .connectTimeout: self.init("no connection came about in time")
        default: self.init(error.shortDescription)
        }
    }
}

/// Counts the failures of one transfer, and waits between its attempts.
struct Attempts {
    /// What is transferred, for reports.
    let name: String
    let patience: Patience
    let report: @Sendable (PullEvent) -> Void
    private var failures = 0
    private var furthest = 0

    init(name: String, patience: Patience, report: @escaping @Sendable (PullEvent) -> Void) {
        self.name = name
        self.patience = patience
        self.report = report
    }

    /// Waits before the next attempt.
    ///
    /// Failures count only while nothing new arrives: a long transfer may be interrupted often, and still comes to its end.
    /// - Parameter arrived: bytes kept so far.
    /// - Throws: `ModelHubError.transferFailed` where there is none left, `CancellationError`.
    mutating func pause(after setback: Setback, arrived: Int = 0) async throws {
        if arrived > furthest { failures = 0 }
        furthest = max(furthest, arrived)
        failures += 1
        guard failures < patience.attempts else {
            throw ModelHubError.transferFailed(name: name, reason: setback.reason, attempts: failures)
        }
        let pause = patience.pause(afterFailures: failures, requested: setback.requestedPause)
        report(.retrying(file: name, reason: setback.reason, seconds: pause.seconds))
        try await Task.sleep(for: pause)
    }
}
