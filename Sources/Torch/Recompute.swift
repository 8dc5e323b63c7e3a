internal import CTorch

/// Runs `body` on `inputs` without keeping what it computes in between: the backward pass runs it a second time.
///
/// This trades a second forward pass for the memory of all intermediates (gradient checkpointing). Gradients reach
/// `inputs` and every tensor that `body` uses besides and that asks for one. Both runs must compute the same, so `body`
/// draws no random numbers. Without recording, `body` simply runs.
///
/// - Returns: what `body` returns, as many tensors.
/// - Throws: what `body` throws the first time. An error of the second run becomes the backward pass's `TorchError`.
public func recomputing(_ inputs: [Tensor], _ body: @escaping ([Tensor]) throws -> [Tensor]) throws -> [Tensor] {
    guard recordsGradients else { return try body(inputs) }
    let recompute = Recompute(body)
    var outputs = [OpaquePointer?](repeating: nil, count: Recompute.capacity)
    var count = 0
    let status = withExtendedLifetime(inputs) {
        ct_checkpoint(
            { context, inputs, inputCount, outputs, capacity, made in
                guard let context, let inputs, let outputs, let made else { return Int32(CT_FAILED) }
                return Unmanaged<Recompute>.fromOpaque(context).takeUnretainedValue()
                    .run(UnsafeBufferPointer(start: inputs, count: inputCount), into: outputs, capacity: capacity, made: made)
            },
            Unmanaged.passRetained(recompute).toOpaque(), { context in context.map { Unmanaged<Recompute>.fromOpaque($0).release() } },
            inputs.map { Optional($0.handle) }, inputs.count, &outputs, outputs.count, &count)
    }
    if let failure = recompute.failure { throw failure }
    try Tensor.check(status, "recomputing", inputs)
    return outputs.prefix(count).compactMap { $0.map { Tensor(owning: $0) } }
}

/// What crosses to libtorch, which calls it back from the backward pass.
private final class Recompute {
    /// More outputs than any block has.
    static let capacity = 8

    let body: ([Tensor]) throws -> [Tensor]
    /// What `body` threw last; a C function can hand over a status only.
    private(set) var failure: (any Error)?

    init(_ body: @escaping ([Tensor]) throws -> [Tensor]) { self.body = body }

    func run(
        _ inputs: UnsafeBufferPointer<OpaquePointer?>, into outputs: UnsafeMutablePointer<OpaquePointer?>, capacity: Int,
        made: UnsafeMutablePointer<Int>
    ) -> Int32 {
        do {
            // The handles are borrowed: tensors that own themselves are made of them.
            let results = try body(inputs.map { borrowed in
                var own: OpaquePointer?
                try Tensor.check(ct_retain(borrowed, &own), "recomputing", [])
                guard let own else { preconditionFailure("a handle was not retained") }
                return Tensor(owning: own)
            })
            precondition(results.count <= capacity, "a recomputed block returns at most \(capacity) tensors, not \(results.count)")
            for (index, result) in results.enumerated() {
                try Tensor.check(ct_retain(result.handle, outputs + index), "recomputing", [result])
                made.pointee += 1
            }
            return Int32(CT_OK)
        } catch {
            failure = error
            ct_set_last_error("\(error)")
            return Int32(CT_FAILED)
        }
    }
}
