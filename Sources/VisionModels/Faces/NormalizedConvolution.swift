import Checkpoints
import Layers
import Torch

/// A convolution without bias, and batch normalization with the statistics of training.
///
/// Weights: `weight` `[outputs, inputs, kernel, kernel]` at one scope; `weight`, `bias`, `running_mean`, `running_var`, all
/// `[outputs]`, at the other. Source: PyTorch, `BatchNorm2d` in evaluation.
struct NormalizedConvolution {
    private let weight: Tensor
    private let norm: BatchNorm
    private let stride, padding: Int

    /// - Parameter padding: nil keeps the size at stride 1.
    init(
        _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int? = nil, at scope: ParameterScope, norm normScope: ParameterScope
    ) throws {
        weight = try scope.parameter("weight", [outputs, inputs, kernel, kernel])
        norm = try BatchNorm(outputs, at: normScope)
        self.stride = stride
        self.padding = padding ?? kernel / 2
    }

    /// - Parameter x: `[batch, inputs, height, width]`.
    /// - Returns: `[batch, outputs, height', width']`.
    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        // Scaling the weights costs next to nothing beside a pass over the picture.
        let (scale, shift) = try norm.affine()
        return try x.convolution2d(weight: weight * scale.reshaped([-1, 1, 1, 1]), bias: shift, stride: stride, padding: padding)
    }
}

/// The scale and shift of each channel that batch normalization comes to after training.
private struct BatchNorm {
    let weight, bias, mean, variance: Tensor

    init(_ channels: Int, at scope: ParameterScope) throws {
        weight = try scope.parameter("weight", [channels])
        bias = try scope.parameter("bias", [channels])
        mean = try scope.parameter("running_mean", [channels])
        variance = try scope.parameter("running_var", [channels])
        // A counter of training steps, absent from older files.
        if scope.contains("num_batches_tracked") { _ = try scope.parameter("num_batches_tracked", [], dtype: .int64) }
    }

    func affine() throws(TorchError) -> (scale: Tensor, shift: Tensor) {
        let scale = try weight * (variance + 1e-5).rsqrt()
        return (scale, try bias - mean * scale)
    }
}
