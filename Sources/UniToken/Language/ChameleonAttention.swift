import Checkpoints
import Layers
package import Torch

/// Attention whose queries and keys are normalized per head.
///
/// Weights: `q_proj`, `k_proj`, `v_proj`, `o_proj`, `q_norm`, `k_norm`.
/// Source: Chameleon (arXiv 2405.09818) section 2.3; transformers, `ChameleonAttention`.
package struct ChameleonAttention {
    let q, k, v, output: Linear
    let queryNorm, keyNorm: HeadNorm
    let headCount, keyValueHeadCount, headDim: Int

    init(_ configuration: ChameleonConfiguration, at scope: ParameterScope) throws {
        (headCount, keyValueHeadCount, headDim) = (configuration.headCount, configuration.keyValueHeadCount, configuration.headDim)
        let width = configuration.hiddenSize, keyWidth = keyValueHeadCount * headDim
        q = try Linear(width, width, bias: false, at: scope("q_proj"))
        k = try Linear(width, keyWidth, bias: false, at: scope("k_proj"))
        v = try Linear(width, keyWidth, bias: false, at: scope("v_proj"))
        output = try Linear(width, width, bias: false, at: scope("o_proj"))
        queryNorm = try HeadNorm(configuration, heads: headCount, at: scope("q_norm"))
        keyNorm = try HeadNorm(configuration, heads: keyValueHeadCount, at: scope("k_norm"))
    }

    /// Queries and keys, normalized and not rotated yet, and values: each `[tokens, heads, headDim]`.
    package func heads(_ x: Tensor) throws(TorchError) -> (q: Tensor, k: Tensor, v: Tensor) {
        func split(_ x: Tensor, _ heads: Int) throws(TorchError) -> Tensor { try x.reshaped([-1, heads, headDim]) }
        return try (queryNorm(split(q(x), headCount)), keyNorm(split(k(x), keyValueHeadCount)), split(v(x), keyValueHeadCount))
    }

    /// - Parameters:
    ///   - x: the rows of all spans, `[tokens, hidden]`, as is the result.
    ///   - masks: what the tokens of each span see, see `TokenSpan.mask`.
    func callAsFunction(
        _ x: Tensor, layer: Int, _ spans: [TokenSpan], rotary: RotaryHalves, masks: [Tensor?]
    ) throws(TorchError) -> Tensor {
        let heads = try heads(x)
        let sizes = spans.map(\.count)
        let q = try rotary(heads.q).split(sizes, dim: 0), k = try rotary(heads.k).split(sizes, dim: 0), v = try heads.v.split(sizes, dim: 0)
        var attended: [Tensor] = []
        for (index, span) in spans.enumerated() {
            let seen = if let cache = span.cache {
                try cache.extended(layer: layer, keys: k[index], values: v[index])
            } else {
                (keys: try k[index].transposed(0, 1), values: try v[index].transposed(0, 1))
            }
            attended.append(try attend(q[index], keys: seen.keys, values: seen.values, mask: masks[index]))
        }
        return try output(attended.count == 1 ? attended[0] : Tensor.concatenated(attended, dim: 0))
    }

    /// - Parameters:
    ///   - q: `[tokens, heads, headDim]`.
    ///   - keys: `[keyValueHeads, seen, headDim]`, as the values.
    /// - Returns: `[tokens, hidden]`.
    private func attend(_ q: Tensor, keys: Tensor, values: Tensor, mask: Tensor?) throws(TorchError) -> Tensor {
        let count = q.shape[0], group = headCount / keyValueHeadCount
        let k = try keys.unsqueezed(0), v = try values.unsqueezed(0)
        if count == 1 {
            // The heads that share keys become queries of one head, so that keys need not be repeated.
            let queries = try q.reshaped([1, keyValueHeadCount, group, headDim])
            return try Tensor.scaledDotProductAttention(queries, k, v).reshaped([1, -1])
        }
        let queries = try q.transposed(0, 1).unsqueezed(0)
        let attended = try Tensor.scaledDotProductAttention(
            queries, group == 1 ? k : k.repeatedEach(group, dim: 1), group == 1 ? v : v.repeatedEach(group, dim: 1), mask: mask, isCausal: mask == nil)
        return try attended.squeezed(0).transposed(0, 1).reshaped([count, -1])
    }
}

/// Mean 0 and variance 1 over each head, then a gain and a shift.
///
/// Weights: `weight` and `bias`, `[parts, headDim]`: each row serves as many consecutive heads as the parts leave it.
/// Source: transformers, `ChameleonLayerNorm`.
package struct HeadNorm {
    /// `[parts, 1, headDim]`.
    private let weight, bias: Tensor

    init(_ configuration: ChameleonConfiguration, heads: Int, at scope: ParameterScope) throws {
        // Files of later releases store a row for every head.
        let parts = scope.info("weight").flatMap { $0.shape.count == 2 && $0.shape[0] == heads ? heads : nil } ?? configuration.parallelism
        let shape = [parts, configuration.headDim]
        weight = try scope.parameter("weight", shape).unsqueezed(1)
        bias = try scope.parameter("bias", shape).unsqueezed(1)
    }

    /// - Parameter x: `[tokens, heads, headDim]`; the result has the same shape.
    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        let parts = weight.shape[0], headDim = x.shape[2]
        let normalized = try x.layerNorm([headDim], eps: 1e-5).reshaped([-1, parts, x.shape[1] / parts, headDim])
        return try (normalized * weight + bias).reshaped(x.shape)
    }
}
