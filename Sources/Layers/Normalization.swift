public import Checkpoints
public import Torch

/// Layer normalization over the last dimension, with learned `weight` and `bias` `[width]`.
public struct LayerNorm {
    public let weight: Tensor
    public let bias: Tensor
    public let epsilon: Double

    public init(_ width: Int, epsilon: Double = 1e-5, at scope: ParameterScope) throws {
        weight = try scope.parameter("weight", [width])
        bias = try scope.parameter("bias", [width])
        self.epsilon = epsilon
    }

    /// - Parameter x: `[..., width]`; the result has the same shape.
    public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        try x.layerNorm(weight.shape, weight: weight, bias: bias, eps: epsilon)
    }
}

/// Root-mean-square normalization over the last dimension: no mean, no bias; statistics in float32.
public struct RMSNorm {
    /// `[width]`.
    public let weight: Tensor
    public let epsilon: Double

    /// - Parameter name: the tensor's name in the checkpoint (`weight` in Hugging Face files, `scale` in FLUX).
    public init(_ width: Int, epsilon: Double = 1e-6, name: String = "weight", at scope: ParameterScope) throws {
        weight = try scope.parameter(name, [width])
        self.epsilon = epsilon
    }

    /// - Parameter x: `[..., width]`; the result has the same shape and dtype.
    public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        try x.rmsNorm(weight: weight, eps: epsilon)
    }
}

/// Normalization over groups of channels, with learned `weight` and `bias` `[channels]`.
public struct GroupNorm {
    public let groups: Int
    public let weight: Tensor
    public let bias: Tensor
    public let epsilon: Double

    public init(_ channels: Int, groups: Int, epsilon: Double = 1e-6, at scope: ParameterScope) throws {
        self.groups = groups
        self.epsilon = epsilon
        weight = try scope.parameter("weight", [channels])
        bias = try scope.parameter("bias", [channels])
    }

    /// - Parameter x: `[batch, channels, height, width]`; the result has the same shape.
    public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        try x.groupNorm(groups: groups, weight: weight, bias: bias, eps: epsilon)
    }

    /// The normalization followed by SiLU.
    public func swished(_ x: Tensor) throws(TorchError) -> Tensor {
        try x.groupNormSilu(groups: groups, weight: weight, bias: bias, eps: epsilon)
    }

    /// The scale and shift per channel, `[batch, channels, 1, 1]`, that normalize all of `x`.
    ///
    /// With these a picture can be normalized band by band and come out as if done at once.
    public func affine(of x: Tensor) throws(TorchError) -> (scale: Tensor, shift: Tensor) {
        let batch = x.shape[0], channels = x.shape[1]
        let grouped = try x.reshaped([batch, groups, -1])
        let mean = try grouped.mean([-1], keepDim: true)
        let variance = try meanSquare(of: grouped, around: mean)
        let deviation = try (variance + epsilon).rsqrt()
        let perGroup = [batch, groups, channels / groups]
        let scale = try deviation.expanded(perGroup).reshaped([batch, channels, 1, 1]) * weight.reshaped([1, channels, 1, 1])
        let centre = try mean.expanded(perGroup).reshaped([batch, channels, 1, 1])
        return (scale, try bias.reshaped([1, channels, 1, 1]) - centre * scale)
    }

    /// The variance of each group of `[batch, groups, values]`, in parts: as exact as libtorch's, several times as fast, and without a second
    /// picture in memory.
    private func meanSquare(of grouped: Tensor, around mean: Tensor) throws(TorchError) -> Tensor {
        let count = grouped.shape[2], part = max(1, (1 << 22) / (grouped.shape[0] * groups))
        var sum = try Tensor.zeros(mean.shape, dtype: mean.dtype, device: mean.device)
        for start in stride(from: 0, to: count, by: part) {
            let deviation = try grouped.narrowed(dim: 2, start: start, count: min(part, count - start)) - mean
            sum = try sum + deviation.norm([-1], keepDim: true).square()
        }
        return try sum / Double(count)
    }
}
