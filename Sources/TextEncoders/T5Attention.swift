import Checkpoints
import Foundation
import Layers
import Torch

/// Attention without scaling, with a bias that depends on relative positions. Weights: `q`, `k`, `v`, `o`.
struct T5Attention {
    let q, k, v, o: Linear
    let headCount: Int

    init(_ configuration: T5Configuration, at scope: ParameterScope) throws {
        let inner = configuration.headCount * configuration.headDim
        q = try Linear(configuration.modelWidth, inner, bias: false, at: scope("q"))
        k = try Linear(configuration.modelWidth, inner, bias: false, at: scope("k"))
        v = try Linear(configuration.modelWidth, inner, bias: false, at: scope("v"))
        o = try Linear(inner, configuration.modelWidth, bias: false, at: scope("o"))
        headCount = configuration.headCount
    }

    /// - Parameters:
    ///   - x: `[batch, tokens, modelWidth]`; the result has the same shape.
    ///   - bias: `[1, heads, tokens, tokens]`.
    func callAsFunction(_ x: Tensor, bias: Tensor) throws(TorchError) -> Tensor {
        let scores = try heads(q(x)).matmul(heads(k(x)).transposed(-1, -2)) + bias
        let weights = try scores.softmax(dim: -1, dtype: .float32).to(x.dtype)
        return try o(weights.matmul(heads(v(x))).transposed(1, 2).flattened(from: 2, to: 3))
    }

    private func heads(_ x: Tensor) throws(TorchError) -> Tensor {
        try x.reshaped([x.shape[0], x.shape[1], headCount, -1]).transposed(1, 2)
    }
}

/// A learned bias per head and bucket of relative positions. Weights: `weight` `[buckets, heads]`.
struct RelativeAttentionBias {
    let table: Embedding
    let bucketCount, maxDistance: Int

    init(_ configuration: T5Configuration, at scope: ParameterScope) throws {
        table = try Embedding(configuration.bucketCount, configuration.headCount, at: scope)
        bucketCount = configuration.bucketCount
        maxDistance = configuration.maxDistance
    }

    /// `[1, heads, tokens, tokens]`: rows are queries, columns keys.
    func callAsFunction(tokens: Int) throws(TorchError) -> Tensor {
        let byDistance = (-(tokens - 1)..<tokens).map { bucket(of: $0) }
        var buckets: [Int64] = []
        buckets.reserveCapacity(tokens * tokens)
        for query in 0..<tokens {
            for key in 0..<tokens {
                buckets.append(Int64(byDistance[key - query + tokens - 1]))
            }
        }
        let ids = try Tensor(buckets, shape: [tokens, tokens]).to(table.weight.device)
        return try table(ids).permuted([2, 0, 1]).unsqueezed(0)
    }

    /// The bucket of `key - query`: half for each direction; near distances have their own, far ones share by logarithm.
    /// The logarithm is float32 and truncated. Source: transformers, `T5Attention._relative_position_bucket`.
    func bucket(of distance: Int) -> Int {
        let half = bucketCount / 2, exact = half / 2
        let side = distance > 0 ? half : 0
        let distance = abs(distance)
        guard distance >= exact else { return side + distance }
        let ratio = logf(Float(distance) / Float(exact)) / Float(log(Double(maxDistance) / Double(exact)))
        return side + min(exact + Int(ratio * Float(half - exact)), half - 1)
    }
}

/// Root-mean-square norm with the rounding of transformers' `T5LayerNorm`: the normalized value is rounded to the
/// weight's dtype before it is scaled. Weights: `weight`.
struct T5Norm {
    let weight: Tensor
    let epsilon: Double

    init(_ width: Int, epsilon: Double, at scope: ParameterScope) throws {
        weight = try scope.parameter("weight", [width])
        self.epsilon = epsilon
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        let wide = try x.to(.float32)
        let normalized = try wide * (wide.square().mean([-1], keepDim: true) + epsilon).rsqrt()
        return try weight * normalized.to(weight.dtype)
    }
}
