internal import CTorch

extension Tensor {
    /// The matrix product of the last two dimensions, `[…, n, k]` by `[…, k, m]`; the others broadcast.
    public func matmul(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("matmul", self, other) { ct_matmul(handle, other.handle, $0) }
    }

    /// `x · weightᵀ + bias`.
    /// - Parameters:
    ///   - weight: `[outputs, inputs]`; this tensor is `[…, inputs]`, the result `[…, outputs]`.
    ///   - bias: `[outputs]`.
    public func linear(weight: Tensor, bias: Tensor? = nil) throws(TorchError) -> Tensor {
        try Tensor.operation("linear", self, weight, bias) { ct_linear(handle, weight.handle, bias?.handle, $0) }
    }

    /// `x · sigmoid(x)` of every element.
    public func silu() throws(TorchError) -> Tensor {
        try Tensor.operation("silu", self) { ct_silu(handle, $0) }
    }

    /// The Gaussian error linear unit of every element, in its tanh approximation or exact.
    public func gelu(approximate: Bool = true) throws(TorchError) -> Tensor {
        try Tensor.operation("gelu", self) { ct_gelu(handle, approximate, $0) }
    }

    /// Every element, but not below zero.
    public func relu() throws(TorchError) -> Tensor {
        try Tensor.operation("relu", self) { ct_relu(handle, $0) }
    }

    /// Weights that sum to 1 along `dim`: `exp(x) / sum(exp(x))`.
    /// - Parameter dtype: the type to convert to before; the result has it too. Nil keeps the type.
    public func softmax(dim: Int, dtype: DType? = nil) throws(TorchError) -> Tensor {
        try Tensor.operation("softmax", self, details: "dim \(dim)") { ct_softmax(handle, Int64(dim), dtype?.number ?? -1, $0) }
    }

    /// The logarithm of `softmax`, computed without its loss of digits.
    public func logSoftmax(dim: Int, dtype: DType? = nil) throws(TorchError) -> Tensor {
        try Tensor.operation("logSoftmax", self, details: "dim \(dim)") {
            ct_log_softmax(handle, Int64(dim), dtype?.number ?? -1, $0)
        }
    }

    // MARK: normalization

    /// Mean 0 and variance 1 over the last dimensions, whose sizes are `shape`; then times `weight`, plus `bias`.
    public func layerNorm(
        _ shape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, eps: Double
    ) throws(TorchError) -> Tensor {
        try Tensor.operation("layerNorm", self, weight, bias, details: "over \(shape)") {
            ct_layer_norm(handle, shape.wide, shape.count, weight?.handle, bias?.handle, eps, $0)
        }
    }

    /// Root mean square 1 over the last dimension; then times `weight`, `[size of the last dimension]`.
    public func rmsNorm(weight: Tensor? = nil, eps: Double) throws(TorchError) -> Tensor {
        let last = shape.suffix(1).map(Int64.init)
        return try Tensor.operation("rmsNorm", self, weight) {
            ct_rms_norm(handle, last, last.count, weight?.handle, eps, $0)
        }
    }

    /// Mean 0 and variance 1 over each group of channels; then times `weight`, plus `bias`, both `[channels]`.
    ///
    /// The tensor is `[batch, channels, …]`; `groups` divides the channels.
    public func groupNorm(
        groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double
    ) throws(TorchError) -> Tensor {
        try Tensor.operation("groupNorm", self, weight, bias, details: "\(groups) groups") {
            ct_group_norm(handle, Int64(groups), weight?.handle, bias?.handle, eps, $0)
        }
    }

    // MARK: pictures, [batch, channels, height, width]

    /// The two-dimensional convolution.
    /// - Parameters:
    ///   - weight: `[outputs, channels / groups, kernelHeight, kernelWidth]`.
    ///   - bias: `[outputs]`.
    public func convolution2d(
        weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
    ) throws(TorchError) -> Tensor {
        try Tensor.operation("convolution2d", self, weight, bias, details: "stride \(stride), padding \(padding), groups \(groups)") {
            ct_conv2d(handle, weight.handle, bias?.handle, Int64(stride), Int64(padding), Int64(dilation), Int64(groups), $0)
        }
    }

    /// Every pixel repeated `scale` times in both directions.
    public func upsampledNearest(scale: Int) throws(TorchError) -> Tensor {
        let (height, width) = (shape.dropLast().last ?? 0, shape.last ?? 0)
        return try Tensor.operation("upsampledNearest", self, details: "scale \(scale)") {
            ct_upsample_nearest2d(handle, Int64(height &* scale), Int64(width &* scale), $0)
        }
    }

    /// Every pixel of the new size takes the old one it lies on, towards the top left.
    public func interpolatedNearest(height: Int, width: Int) throws(TorchError) -> Tensor {
        try Tensor.operation("interpolatedNearest", self, details: "to \(height) x \(width)") {
            ct_upsample_nearest2d(handle, Int64(height), Int64(width), $0)
        }
    }

    /// Pixels blended linearly from their four neighbours.
    /// - Parameter alignCorners: whether the outer pixels' centres, rather than their edges, stay in place.
    public func interpolatedBilinear(height: Int, width: Int, alignCorners: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.operation("interpolatedBilinear", self, details: "to \(height) x \(width)") {
            ct_upsample_bilinear2d(handle, Int64(height), Int64(width), alignCorners, $0)
        }
    }

    /// Pixels blended by cubic curves (a = -0.75) from their sixteen neighbours.
    /// - Parameter alignCorners: whether the outer pixels' centres, rather than their edges, stay in place.
    public func interpolatedBicubic(height: Int, width: Int, alignCorners: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.operation("interpolatedBicubic", self, details: "to \(height) x \(width)") {
            ct_upsample_bicubic2d(handle, Int64(height), Int64(width), alignCorners, $0)
        }
    }

    /// The mean of each square of side `kernel`; `stride` nil means `kernel`.
    public func averagePooled2d(kernel: Int, stride: Int? = nil, padding: Int = 0) throws(TorchError) -> Tensor {
        try Tensor.operation("averagePooled2d", self, details: "kernel \(kernel)") {
            ct_avg_pool2d(handle, Int64(kernel), Int64(stride ?? kernel), Int64(padding), $0)
        }
    }

    /// The largest element of each square of side `kernel`; `stride` nil means `kernel`.
    public func maxPooled2d(kernel: Int, stride: Int? = nil, padding: Int = 0) throws(TorchError) -> Tensor {
        try Tensor.operation("maxPooled2d", self, details: "kernel \(kernel)") {
            ct_max_pool2d(handle, Int64(kernel), Int64(stride ?? kernel), Int64(padding), $0)
        }
    }

    // MARK: tables and attention

    /// The rows of this table, `[rows, width]`, that `indices` (int32 or int64, `[…]`) name: `[…, width]`.
    public func embedding(_ indices: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("embedding", self, indices) { ct_embedding(handle, indices.handle, $0) }
    }

    /// `softmax(q · kᵀ · scale + mask) · v`.
    /// - Parameters:
    ///   - q: `[batch, heads, queries, headDim]`; the result has this shape, with the width of `v`.
    ///   - k: `[batch, heads, keys, headDim]`.
    ///   - v: `[batch, heads, keys, width]`.
    ///   - mask: broadcasts to `[batch, heads, queries, keys]`; bool (true: attend) or numbers to add to the scores.
    ///   - isCausal: whether a query sees only keys up to its own place. Excludes `mask`.
    ///   - scale: nil means `1 / sqrt(headDim)`.
    public static func scaledDotProductAttention(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor? = nil, isCausal: Bool = false, scale: Double? = nil
    ) throws(TorchError) -> Tensor {
        try operation("scaledDotProductAttention", q, k, v, mask) {
            ct_attention_sdpa(q.handle, k.handle, v.handle, mask?.handle, isCausal, scale ?? .nan, $0)
        }
    }
}
