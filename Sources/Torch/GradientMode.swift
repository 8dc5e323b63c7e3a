internal import CTorch

/// Runs `body` without recording gradients on this thread, and restores the mode before.
///
/// The closure is synchronous: the mode belongs to the thread, and a suspended task may go on elsewhere.
public func withoutGradients<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let before = ct_set_gradients_enabled(false)
    defer { _ = ct_set_gradients_enabled(before) }
    return try body()
}

/// Whether operations of this thread are recorded for a backward pass, where an input asks for a gradient.
public var recordsGradients: Bool { ct_gradients_enabled() }
