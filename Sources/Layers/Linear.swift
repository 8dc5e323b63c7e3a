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
        try callAsFunction(x, rows: nil)
    }

    /// The layer, or some of its output rows, with an activation behind it.
    ///
    /// - Parameters:
    ///   - x: `[..., inputs]`.
    ///   - rows: which outputs to compute; nil for all.
    ///   - into: where to write the result, `[..., rows]`, for instance columns of a wider tensor; nil makes a new one.
    @discardableResult
    public func callAsFunction(
        _ x: Tensor, rows: Range<Int>?, activation: Tensor.Activation = .none, into: Tensor? = nil
    ) throws(TorchError) -> Tensor {
        let (weight, bias) = try parameters(rows)
        guard self.weight.hasSideAdapters else {
            return try x.linear(weight: weight, bias: bias, activation: activation, into: into)
        }
        let sum = try x.linear(weight: weight, bias: bias)
        try self.weight.addSideAdapters(to: sum, input: x, rows: rows)
        let result = activation == .gelu ? try sum.gelu() : sum
        guard let into else { return result }
        try into.copyInPlace(from: result)
        return into
    }

    /// `residual + gate · layer(x)`.
    ///
    /// - Parameters:
    ///   - x: `[batch, tokens, inputs]`.
    ///   - residual: `[batch, tokens, outputs]`, as is the result.
    ///   - gate: `[batch, 1, outputs]`.
    public func callAsFunction(_ x: Tensor, addedTo residual: Tensor, gate: Tensor) throws(TorchError) -> Tensor {
        guard weight.hasSideAdapters else {
            return try x.linear(weight: weight.value(), bias: bias, addedTo: residual, gate: gate)
        }
        return try residual.adding(self(x), gate: gate)
    }

    private func parameters(_ rows: Range<Int>?) throws(TorchError) -> (weight: Tensor, bias: Tensor?) {
        guard let rows else { return (try weight.value(), bias) }
        let part = try weight.value().narrowed(dim: 0, start: rows.lowerBound, count: rows.count)
        guard let bias else { return (part, nil) }
        return try (part, bias.narrowed(dim: 0, start: rows.lowerBound, count: rows.count))
    }
}
