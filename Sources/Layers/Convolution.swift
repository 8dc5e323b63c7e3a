public import Checkpoints
public import Torch

/// A two-dimensional convolution with bias.
///
/// Weights: `weight` `[outputs, inputs, kernel, kernel]`, `bias` `[outputs]`.
public struct Convolution2d {
    public let weight: Tensor
    public let bias: Tensor
    public let stride: Int
    public let padding: Int

    public init(_ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, at scope: ParameterScope) throws {
        weight = try scope.parameter("weight", [outputs, inputs, kernel, kernel])
        bias = try scope.parameter("bias", [outputs])
        self.stride = stride
        self.padding = padding
    }

    /// - Parameter x: `[batch, inputs, height, width]`.
    /// - Returns: `[batch, outputs, height', width']`.
    public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        try x.convolution2d(weight: weight, bias: bias, stride: stride, padding: padding)
    }

    /// The same without its own padding: the caller hands in the neighbouring pixels.
    func withoutPadding(_ x: Tensor) throws(TorchError) -> Tensor {
        try x.convolution2d(weight: weight, bias: bias, stride: stride, padding: 0)
    }
}
