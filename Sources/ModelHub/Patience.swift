import NIOCore

/// How long a pull waits for the hub, and how often it asks again.
public struct Patience: Sendable, Equatable {
    /// The longest wait for a connection.
    public var connect: Duration
    /// The longest silence in an answer, and the longest wait for its beginning.
    public var silence: Duration
    /// Attempts without any progress, after which a transfer is given up. At least one.
    public var attempts: Int
    /// The pause after the first failure; it doubles with every further one.
    public var firstPause: Duration
    /// The longest pause, whatever the doubling gives.
    public var longestPause: Duration
    /// The longest pause that the hub itself may ask for (`Retry-After`).
    public var longestRequestedPause: Duration

    public init(
        connect: Duration = .seconds(15), silence: Duration = .seconds(60), attempts: Int = 6, firstPause: Duration = .seconds(1),
        longestPause: Duration = .seconds(30), longestRequestedPause: Duration = .seconds(300)
    ) {
        precondition(attempts > 0, "at least one attempt is needed, not \(attempts)")
        self.connect = connect
        self.silence = silence
        self.attempts = attempts
        self.firstPause = firstPause
        self.longestPause = longestPause
        self.longestRequestedPause = longestRequestedPause
    }

    /// The pause before the next attempt.
    ///
    /// - Parameters:
    ///   - failures: failures in a row without progress, from 1.
    ///   - requested: what the hub asked for.
    ///   - jitter: 0...1; spreads the pauses of many clients over the upper half of the interval.
    package func pause(afterFailures failures: Int, requested: Duration?, jitter: Double = .random(in: 0...1)) -> Duration {
        if let requested { return min(max(requested, .zero), longestRequestedPause) }
        let doubled = firstPause * (1 << min(max(failures - 1, 0), 20))
        return min(doubled, longestPause) * (0.5 + jitter / 2)
    }
}

extension Duration {
    /// The same duration in the unit of NIO.
    var timeAmount: TimeAmount { .nanoseconds(Int64(seconds * 1e9)) }

    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
