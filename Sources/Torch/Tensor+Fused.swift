/// One token stream entering a joint attention.
public struct AttentionStream {
    public let qkv, queryScale, keyScale: Tensor
    public init(qkv: Tensor, queryScale: Tensor, keyScale: Tensor) {
        self.qkv = qkv
        self.queryScale = queryScale
        self.keyScale = keyScale
    }
}

extension Tensor {
    public func modulatedLayerNorm(shift: Tensor, scale: Tensor, eps: Double) throws(TorchError) -> Tensor {
        try (1 + scale) * layerNorm([shape[shape.count - 1]], eps: eps) + shift
    }

    public func gatedResidual(gate: Tensor, _ y: Tensor) throws(TorchError) -> Tensor { try self + gate * y }

    public static func queryKeyNormRotary(_ streams: [AttentionStream], cos: Tensor, sin: Tensor, heads: Int) throws(TorchError) -> (q: Tensor, k: Tensor, v: Tensor) {
        var qs: [Tensor] = [], ks: [Tensor] = [], vs: [Tensor] = []
        for stream in streams {
            let (b, l) = (stream.qkv.shape[0], stream.qkv.shape[1])
            let parts = try stream.qkv.reshaped([b, l, 3, heads, -1]).permuted([2, 0, 3, 1, 4])
            let q = try parts.select(dim: 0, index: 0), k = try parts.select(dim: 0, index: 1)
            qs.append(try q.to(.float32).rmsNorm(weight: stream.queryScale.to(.float32), eps: 1e-6).to(q.dtype))
            ks.append(try k.to(.float32).rmsNorm(weight: stream.keyScale.to(.float32), eps: 1e-6).to(q.dtype))
            vs.append(try parts.select(dim: 0, index: 2))
        }
        return try (rotated(concatenated(qs, dim: 2), cos, sin), rotated(concatenated(ks, dim: 2), cos, sin), concatenated(vs, dim: 2))
    }

    private static func rotated(_ x: Tensor, _ cos: Tensor, _ sin: Tensor) throws(TorchError) -> Tensor {
        let s = x.shape
        let pairs = try x.to(.float32).reshaped([s[0], s[1], s[2], s[3] / 2, 2])
        let a = try pairs.select(dim: -1, index: 0), b = try pairs.select(dim: -1, index: 1)
        return try stacked([cos * a - sin * b, sin * a + cos * b], dim: -1).reshaped(s).to(x.dtype)
    }

    public static func attention(q: Tensor, k: Tensor, v: Tensor) throws(TorchError) -> Tensor {
        let s = q.shape
        return try scaledDotProductAttention(q, k, v).transposed(1, 2).reshaped([s[0], s[2], s[1] * s[3]])
    }

    public static func attentionAndGELU(q: Tensor, k: Tensor, v: Tensor, mlp: Tensor) throws(TorchError) -> Tensor {
        try concatenated([attention(q: q, k: k, v: v), mlp.gelu()], dim: 2)
    }
}
