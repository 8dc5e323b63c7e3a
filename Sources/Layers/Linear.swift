public import Checkpoints
public import Torch

/// A fully connected layer, `y = x Wᵀ + b`, whose weight can carry low-rank adapters.
///
/// Weights: `weight` `[outputs, inputs]`, `bias` `[outputs]`.
public struct Linear {
    /// The weight with the adapters attached to it.
    public let weight: AdaptableWeight
    /// `[outputs]`, or nil.
    public let bias: Tensor?

    /// - Throws: `CheckpointError` through the scope's load report when a tensor is missing or misshapen.
    public init(_ inputs: Int, _ outputs: Int, bias usesBias: Bool = true, at scope: ParameterScope) throws {
        weight = AdaptableWeight(try scope.parameter("weight", [outputs, inputs]))
        bias = usesBias ? try scope.parameter("bias", [outputs]) : nil
        scope.record(module: weight)
    }

    /// - Parameter x: `[..., inputs]`.
    /// - Returns: `[..., outputs]`.
    public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        try weight.addingAdapters(to: x.linear(weight: weight.value, bias: bias), input: x)
    }
}
