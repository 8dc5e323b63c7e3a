internal import CTorch

/// Runs `body` while keeping the main memory of large freed tensors for the next ones of about their size.
///
/// Worth it around loops that repeat the same operations, such as denoising: the system takes freed memory back at once
/// and zeroes it before every reuse. What was kept is freed at the end. Scopes nest and hold for all threads.
public func reusingMemory<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let begun = ct_memory_reuse_begin() == CT_OK
    defer { if begun { _ = ct_memory_reuse_end() } }
    return try body()
}

/// Gives memory of tensors that are gone, which libtorch and the C library keep for later, back to the system.
///
/// For moments when a whole network was dropped and the next one is about to take its place.
public func releaseFreedMemory() throws(TorchError) {
    try Tensor.check(ct_memory_release(), "releaseFreedMemory", [])
}
