public import Checkpoints
public import Torch

/// A table of vectors. Weights: `weight` `[count, width]`.
public struct Embedding {
    public let weight: Tensor

    public init(_ count: Int, _ width: Int, at scope: ParameterScope) throws {
        weight = try scope.parameter("weight", [count, width])
    }

    /// - Parameter ids: `[...]`, int64.
    /// - Returns: `[..., width]`.
    public func callAsFunction(_ ids: Tensor) throws(TorchError) -> Tensor {
        try weight.embedding(ids)
    }
}
