internal import CTorch

extension Tensor {
    /// Whether the backward pass computes a gradient for this tensor: because it was asked for, or because the tensor was
    /// computed from one it was asked for.
    public var requiresGradient: Bool {
        var result = false
        _ = ct_requires_gradient(handle, &result)
        return result
    }

    /// Asks for the gradient of a tensor that no recorded operation made, or takes that back.
    public func requireGradient(_ required: Bool = true) throws(TorchError) {
        try Tensor.check(ct_set_requires_gradient(handle, required), "requireGradient", [self])
    }

    /// The same elements, cut off from how they were computed.
    public func detached() throws(TorchError) -> Tensor {
        try Tensor.operation("detached", self) { ct_detach(handle, $0) }
    }

    /// What backward passes have accumulated for this tensor, of its shape and type; nil before the first.
    public func gradient() throws(TorchError) -> Tensor? {
        var result: OpaquePointer?
        try Tensor.check(ct_gradient(handle, &result), "gradient", [self])
        return result.map { Tensor(owning: $0) }
    }

    /// Replaces what was accumulated; nil removes it and frees its memory.
    public func setGradient(_ gradient: Tensor?) throws(TorchError) {
        try Tensor.check(ct_set_gradient(handle, gradient?.handle), "setGradient", [self, gradient])
    }

    /// Adds the gradients of this single number to those of all tensors that it was computed from and that ask for one.
    public func backward() throws(TorchError) {
        try Tensor.check(ct_backward(handle), "backward", [self])
    }
}

/// Norms over many tensors.
public enum Gradients {
    /// The root of the sum of all squared elements, of all tensors together; the same whatever the number of threads.
    public static func totalNorm(_ gradients: [Tensor]) throws(TorchError) -> Double { try norm(of: gradients).item() }

    /// The same as a float64 number on the gradients' device, which nothing has waited for yet.
    public static func norm(of gradients: [Tensor]) throws(TorchError) -> Tensor {
        try withExtendedLifetime(gradients) { () throws(TorchError) in
            try Tensor.operation("norm", details: "\(gradients.count) tensors") {
                ct_total_norm(gradients.map { Optional($0.handle) }, gradients.count, $0)
            }
        }
    }

    /// Calls `ready` with a tensor's index as soon as its gradient is complete within a backward pass, on the thread that
    /// computes the pass: for a GPU one of libtorch's own, while the caller of `backward` waits. Replaces an earlier watch
    /// on the same tensors.
    public static func watch(_ parameters: [Tensor], _ ready: @escaping (Int) -> Void) throws(TorchError) {
        let context = Unmanaged.passRetained(Watch(ready)).toOpaque()
        let status = withExtendedLifetime(parameters) {
            ct_watch_gradients(
                parameters.map { Optional($0.handle) }, parameters.count,
                { context, index in context.map { Unmanaged<Watch>.fromOpaque($0).takeUnretainedValue().ready(index) } },
                context, { context in context.map { Unmanaged<Watch>.fromOpaque($0).release() } })
        }
        try Tensor.check(status, "watch", [], "\(parameters.count) tensors")
    }

    private final class Watch {
        let ready: (Int) -> Void
        init(_ ready: @escaping (Int) -> Void) { self.ready = ready }
    }
}
