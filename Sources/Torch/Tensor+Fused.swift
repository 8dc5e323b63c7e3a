internal import CTorch

// The operations of a transformer block, each as one pass over its tensors. On processors with AVX512-BF16, bfloat16
// tensors in main memory take hand-written kernels; everything else takes a composition of libtorch's operations. Both
// round to the tensors' type where the official programs do.

extension Tensor {
    /// What may follow a linear layer.
    public enum Activation: Sendable {
        case none
        /// The Gaussian error linear unit in its tanh approximation.
        case gelu

        fileprivate var number: Int32 {
            switch self {
            case .none: Int32(CT_ACTIVATION_NONE)
            case .gelu: Int32(CT_ACTIVATION_GELU_TANH)
            }
        }
    }

    /// `activation(x · weightᵀ + bias)`.
    /// - Parameters:
    ///   - weight: `[outputs, inputs]`; this tensor is `[…, inputs]`, the result `[…, outputs]`. Rows of a larger weight
    ///     (`narrowed(dim: 0, …)`) serve without a copy.
    ///   - bias: `[outputs]`.
    ///   - into: where to write the result, `[…, outputs]`, for instance some columns of a wider tensor; nil makes a new one.
    @discardableResult
    public func linear(
        weight: Tensor, bias: Tensor?, activation: Activation, into: Tensor? = nil
    ) throws(TorchError) -> Tensor {
        try Tensor.operation("linear with activation", self, weight, bias, into) {
            ct_fused_linear(handle, weight.handle, bias?.handle, activation.number, into?.handle, $0)
        }
    }

    /// `residual + gate · (x · weightᵀ + bias)`: the end of a block's branch.
    /// - Parameters:
    ///   - weight: `[outputs, inputs]`; this tensor is `[batch, tokens, inputs]`.
    ///   - bias: `[outputs]`.
    ///   - residual: `[batch, tokens, outputs]`, as is the result.
    ///   - gate: `[batch, 1, outputs]`.
    public func linear(weight: Tensor, bias: Tensor?, addedTo residual: Tensor, gate: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("linear with gated residual", self, weight, bias, residual, gate) {
            ct_linear_gated_residual(handle, weight.handle, bias?.handle, residual.handle, gate.handle, $0)
        }
    }

    /// `x + gate · y`.
    /// - Parameters:
    ///   - y: `[batch, tokens, hidden]`, as this tensor and the result.
    ///   - gate: `[batch, 1, hidden]`.
    public func adding(_ y: Tensor, gate: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("gated residual", self, gate, y) { ct_gated_residual(handle, gate.handle, y.handle, $0) }
    }

    /// `silu(groupNorm(x))`, `[batch, channels, height, width]`.
    ///
    /// Where gradients are recorded, float32 tensors in channels-last layout take one pass forward and one backward.
    public func groupNormSilu(groups: Int, weight: Tensor, bias: Tensor, eps: Double) throws(TorchError) -> Tensor {
        try Tensor.operation("group norm with silu", self, weight, bias, details: "\(groups) groups") {
            ct_group_norm_silu(handle, Int64(groups), weight.handle, bias.handle, eps, $0)
        }
    }

    /// `(1 + scale) · layerNorm(x) + shift`, the norm over the last dimension and without learned parameters.
    /// - Parameters:
    ///   - shift: `[batch, 1, hidden]`; this tensor and the result are `[batch, tokens, hidden]`.
    ///   - scale: `[batch, 1, hidden]`.
    public func modulatedLayerNorm(shift: Tensor, scale: Tensor, eps: Double) throws(TorchError) -> Tensor {
        try Tensor.operation("modulated layer norm", self, shift, scale) {
            ct_modulated_layer_norm(handle, shift.handle, scale.handle, eps, $0)
        }
    }
}

/// The tokens of one stream, on their way into a joint attention.
public struct AttentionStream {
    /// Queries, keys and values side by side, `[batch, tokens, 3 · heads · headDim]`; may be columns of a wider tensor.
    public let qkv: Tensor
    /// Scales of the RMS norms of queries and keys, `[headDim]`.
    public let qScale, kScale: Tensor

    public init(qkv: Tensor, qScale: Tensor, kScale: Tensor) {
        (self.qkv, self.qScale, self.kScale) = (qkv, qScale, kScale)
    }
}

/// Queries, keys and values of an attention, each `[batch, heads, tokens, headDim]`.
public struct AttentionHeads {
    public let q, k, v: Tensor

    /// Takes queries, keys and values that need neither norm nor rotation.
    public init(q: Tensor, k: Tensor, v: Tensor) {
        (self.q, self.k, self.v) = (q, k, v)
    }

    /// Normalizes the queries and keys of every head (root mean square 1, in float32), scales them, and rotates their
    /// pairs of elements (2i, 2i + 1) by the angles of their positions. The streams' tokens follow one another.
    ///
    /// The values of a single stream stay where they are: they share memory with its `qkv`.
    /// Source: flux, modules/layers, `QKNorm`, and math, `apply_rope`.
    /// - Parameters:
    ///   - cos: cosines of the angles, `[tokens, headDim / 2]` float32, for the tokens of all streams in order.
    ///   - sin: sines of the same.
    ///   - eps: added to the mean square.
    public init(_ streams: [AttentionStream], cos: Tensor, sin: Tensor, heads: Int, eps: Double) throws(TorchError) {
        let native = streams.map {
            ct_attention_stream(qkv: $0.qkv.handle, q_scale: $0.qScale.handle, k_scale: $0.kScale.handle)
        }
        let shapes = streams.map(\.qkv.summary).joined(separator: ", ")
        let parts = try withExtendedLifetime(streams) { () throws(TorchError) in
            try Tensor.operations("norm and rotation", cos, sin, count: 3, details: shapes) {
                ct_qk_norm_rotary(native, Int64(native.count), cos.handle, sin.handle, Int64(heads), eps, $0, $0 + 1, $0 + 2)
            }
        }
        (q, k, v) = (parts[0], parts[1], parts[2])
    }

    /// `softmax(scale · q kᵀ) v`, the heads side by side: `[batch, tokens, heads · headDim]`.
    /// - Parameters:
    ///   - scale: factor of the scores; nil is 1 / sqrt(headDim).
    ///   - into: where to write the result, for instance the first columns of a wider tensor; nil makes a new one.
    @discardableResult
    public func attention(scale: Double? = nil, into: Tensor? = nil) throws(TorchError) -> Tensor {
        let scale = scale ?? 1 / Double(q.shape.last ?? 1).squareRoot()
        return try Tensor.operation("attention", q, k, v, into) {
            ct_attention(q.handle, k.handle, v.handle, scale, into?.handle, $0)
        }
    }
}

/// The hand-written kernels behind the fused operations and behind AdamW.
public enum FusedKernels {
    /// Whether this processor has the instructions that those in bfloat16 need (AVX512-BF16).
    public static var areAvailable: Bool { ct_kernels_available() }

    /// Runs `body` with libtorch's operations in the place of all of them, on the calling thread, for comparison: what GPUs run.
    public static func disabled<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        ct_kernels_set_enabled(false)
        defer { ct_kernels_set_enabled(true) }
        return try body()
    }
}
