public import Checkpoints
public import Torch

/// A fully connected layer, `y = x Wᵀ + b`, whose weight can carry low-rank adapters and be kept in fewer bits.
///
/// Weights: `weight` `[outputs, inputs]`, `bias` `[outputs]`.
public struct Linear {
    /// The weight with the adapters attached to it.
    public let weight: AdaptableWeight
    /// `[outputs]`, or nil.
    public let bias: Tensor?

    /// - Throws: `CheckpointError` through the scope's load report when a tensor is missing or misshapen.
    public init(_ inputs: Int, _ outputs: Int, bias usesBias: Bool = true, at scope: ParameterScope) throws {
        weight = AdaptableWeight(try scope.weight("weight", [outputs, inputs]))
        bias = usesBias ? try scope.parameter("bias", [outputs]) : nil
        scope.record(module: weight)
    }

    /// A layer of parts that are at hand.
    package init(weight: AdaptableWeight, bias: Tensor?) {
        self.weight = weight
        self.bias = bias
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
        guard weight.hasSideAdapters else { return try product(x, rows, activation, into) }
        let sum = try product(x, rows, .none, nil)
        try weight.addSideAdapters(to: sum, input: x, rows: rows)
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
        guard weight.hasSideAdapters || codedProduct(nil) != nil else {
            return try x.linear(weight: weight.value(), bias: bias, addedTo: residual, gate: gate)
        }
        return try residual.adding(self(x), gate: gate)
    }

    /// The layer without side adapters.
    private func product(_ x: Tensor, _ rows: Range<Int>?, _ activation: Tensor.Activation, _ into: Tensor?) throws(TorchError) -> Tensor {
        if let coded = codedProduct(rows) { return try coded(x, bias: bias, activation: activation, into: into) }
        guard let rows else { return try x.linear(weight: weight.value(), bias: bias, activation: activation, into: into) }
        let part = try weight.value().narrowed(dim: 0, start: rows.lowerBound, count: rows.count)
        let biasPart = try bias?.narrowed(dim: 0, start: rows.lowerBound, count: rows.count)
        return try x.linear(weight: part, bias: biasPart, activation: activation, into: into)
    }

    /// The product with a weight in fewer bits; nil where it is whole, and where gradients are recorded, which cannot follow writes into parts of
    /// a tensor.
    private func codedProduct(_ rows: Range<Int>?) -> CodedProduct? {
        guard let coded = weight.coded, !recordsGradients else { return nil }
        return CodedProduct(matrix: coded.matrix, dtype: coded.dtype, rows: rows ?? 0..<weight.shape[0])
    }
}
