import Foundation
import Testing
import TestSupport
import Torch

/// The fused operations: float32 against their formulas, the bfloat16 kernels against float32 on the same numbers and
/// against libtorch's operations. Without AVX512-BF16 the kernel tests compare the composition with itself.
@Suite struct FusedKernelTests {
    /// Around the kernels' tiles of 6 rows and 64 columns.
    static let lengths = [1, 7, 63, 65, 129]
    static let headDims = [24, 32, 64, 128]

    /// Allows each of `count` roundings to bfloat16 half a unit in the last of 8 bits.
    static func roundings(_ count: Int) -> Tolerance {
        Tolerance("\(count) bfloat16 roundings", relative: Double(count) * 0x1p-8)
    }

    let generator: RandomGenerator

    init() throws {
        generator = try RandomGenerator(seed: 7)
    }

    func normal(_ shape: Int..., dtype: DType = .float32) throws -> Tensor {
        try Tensor.normal(shape, using: generator, dtype: dtype)
    }

    /// Expects `operation` on bfloat16 tensors to give what it gives on the same numbers in float32, up to rounding.
    func expectRounded(
        _ inputs: [Tensor], _ tolerance: Tolerance, _ name: String, _ operation: ([Tensor]) throws -> Tensor
    ) throws {
        let result = try operation(inputs)
        #expect(result.dtype == .bfloat16)
        let exact = try operation(inputs.map { try $0.dtype == .bfloat16 ? $0.to(.float32) : $0 })
        try expectClose(result, exact, tolerance, name)
        let composed = try FusedKernels.disabled { try operation(inputs) }
        // Both round at the same places, so they differ by a unit where a sum's last bit tips a rounding.
        try expectClose(result, composed, Self.roundings(2), "\(name), composed")
    }

    // MARK: linear layers

    @Test(arguments: lengths, [1, 3])
    func linearKernelRoundsTheExactProduct(tokens: Int, batch: Int) throws {
        // Depths around one vector of pairs; widths that fill no tile, or one and a half.
        for (inputs, outputs) in [(24, 8), (30, 100), (64, 64), (256, 72)] {
            let x = try normal(batch, tokens, inputs, dtype: .bfloat16)
            let weight = try normal(outputs, inputs, dtype: .bfloat16)
            let bias = try normal(outputs, dtype: .bfloat16)
            for activation in [Tensor.Activation.none, .gelu] {
                try expectRounded([x, weight, bias], Self.roundings(activation == .gelu ? 2 : 1), "\(inputs) to \(outputs), \(activation)") {
                    try $0[0].linear(weight: $0[1], bias: $0[2], activation: activation)
                }
            }
        }
    }

    @Test func geluKernelRoundsTheFloat32Curve() throws {
        // The identity as weight. Where the curve is negative its values are small, and so is what is allowed.
        let identity = try Tensor.arange(64).unsqueezed(1).equal(Tensor.arange(64)).to(.bfloat16)
        let tolerance = Tolerance("one bfloat16 rounding", absolute: 1e-30, relative: 0x1p-8)
        for (from, to) in [(-3.0, 0.0), (0, 3), (-3000, -10), (10, 3000)] {
            let x = try Tensor.linspace(from: from, to: to, count: 18 * 64).reshaped([18, 64]).to(.bfloat16)
            let result = try x.linear(weight: identity, bias: nil, activation: .gelu)
            try expectClose(result, x.to(.float32).gelu(), tolerance, "\(from)...\(to)")
        }
    }

    @Test func linearKernelSumsDepthsBeyondOnePanel() throws {
        for depth in [3072, 3074, 6500] {
            let x = try normal(2, 67, depth, dtype: .bfloat16), weight = try normal(330, depth, dtype: .bfloat16)
            try expectRounded([x, weight], Self.roundings(1), "depth \(depth)") {
                try $0[0].linear(weight: $0[1], bias: nil, activation: .none)
            }
        }
    }

    @Test func linearKernelSplitsManyRowsIntoBlocks() throws {
        let x = try normal(2, 2051, 32, dtype: .bfloat16), weight = try normal(48, 32, dtype: .bfloat16)
        try expectRounded([x, weight], Self.roundings(1), "4102 rows") {
            try $0[0].linear(weight: $0[1], bias: nil, activation: .none)
        }
    }

    @Test func linearWritesOnlyItsColumns() throws {
        for dtype in [DType.float32, .bfloat16] {
            let x = try normal(2, 21, 32, dtype: dtype), weight = try normal(40, 32, dtype: dtype)
            let bias = try normal(40, dtype: dtype)
            let wide = try Tensor.full([2, 21, 60], 5, dtype: dtype)
            try x.linear(weight: weight, bias: bias, activation: .gelu, into: wide.narrowed(dim: 2, start: 10, count: 40))
            let expected = try x.linear(weight: weight, bias: bias, activation: .gelu)
            try expectClose(wide.narrowed(dim: 2, start: 10, count: 40), expected, .exact)
            try expectClose(wide.narrowed(dim: 2, start: 0, count: 10), Tensor.full([2, 21, 10], 5), .exact)
            try expectClose(wide.narrowed(dim: 2, start: 50, count: 10), Tensor.full([2, 21, 10], 5), .exact)
        }
    }

    @Test func linearReadsColumnsAndWeightRowsInPlace() throws {
        let wide = try normal(2, 19, 100, dtype: .bfloat16), weights = try normal(90, 64, dtype: .bfloat16)
        try expectRounded([wide, weights], Self.roundings(1), "views") {
            try $0[0].narrowed(dim: 2, start: 20, count: 64)
                .linear(weight: $0[1].narrowed(dim: 0, start: 30, count: 50), bias: nil, activation: .none)
        }
    }

    @Test(arguments: lengths, [1, 3])
    func linearAddsTheGatedResultOfEachBatchElement(tokens: Int, batch: Int) throws {
        let x = try normal(batch, tokens, 48, dtype: .bfloat16), weight = try normal(72, 48, dtype: .bfloat16)
        let bias = try normal(72, dtype: .bfloat16), residual = try normal(batch, tokens, 72, dtype: .bfloat16)
        let modulation = try normal(batch, 1, 216, dtype: .bfloat16)
        try expectRounded([x, weight, bias, residual, modulation], Self.roundings(3), "") {
            try $0[0].linear(weight: $0[1], bias: $0[2], addedTo: $0[3], gate: $0[4].chunked(3, dim: -1)[1])
        }
    }

    @Test func linearInFloat32FollowsItsFormula() throws {
        let x = try normal(2, 33, 24), weight = try normal(40, 24), bias = try normal(40), residual = try normal(2, 33, 40)
        let gate = try normal(2, 1, 40), y = try x.matmul(weight.transposed(0, 1)) + bias
        try expectClose(x.linear(weight: weight, bias: bias, activation: .gelu), y.gelu(), .float32Layer)
        try expectClose(x.linear(weight: weight, bias: bias, addedTo: residual, gate: gate), residual + gate * y, .float32Layer)
    }

    // MARK: row-wise operations

    @Test(arguments: lengths, [1, 3])
    func modulatedNormAndGatedResidualFollowTheirFormulas(tokens: Int, batch: Int) throws {
        for width in [8, 24, 100, 3072] {
            let x = try normal(batch, tokens, width, dtype: .bfloat16), y = try normal(batch, tokens, width, dtype: .bfloat16)
            let modulation = try normal(batch, 1, 3 * width, dtype: .bfloat16)
            try expectRounded([x, modulation], Self.roundings(4), "norm of \(width)") {
                let parts = try $0[1].chunked(3, dim: -1)
                return try $0[0].modulatedLayerNorm(shift: parts[0], scale: parts[1], eps: 1e-6)
            }
            try expectRounded([x, y, modulation], Self.roundings(2), "gated residual of \(width)") {
                try $0[0].adding($0[1], gate: $0[2].chunked(3, dim: -1)[2])
            }
        }
    }

    @Test func rowOperationsInFloat32FollowTheirFormulas() throws {
        let x = try normal(2, 9, 20), y = try normal(2, 9, 20), shift = try normal(2, 1, 20), scale = try normal(2, 1, 20)
        let norm = try (x - x.mean([-1], keepDim: true)) / (x.variance([-1], correction: 0, keepDim: true) + 1e-6).sqrt()
        try expectClose(x.modulatedLayerNorm(shift: shift, scale: scale, eps: 1e-6), (1 + scale) * norm + shift, .float32Layer)
        try expectClose(x.adding(y, gate: shift), x + shift * y, .float32Layer)
    }

    @Test func modulationOfAnotherShapeIsRefused() throws {
        let x = try normal(2, 9, 20), gate = try normal(2, 20)
        #expect(throws: TorchError.self) { try x.adding(x, gate: gate) }
        #expect(throws: TorchError.self) { try x.modulatedLayerNorm(shift: gate, scale: gate, eps: 1e-6) }
    }

    // MARK: norm and rotation

    /// q, k and v side by side in one tensor, to be compared at once.
    func stacked(_ heads: AttentionHeads) throws -> Tensor {
        try Tensor.stacked([heads.q, heads.k, heads.v], dim: 0)
    }

    @Test(arguments: lengths, headDims)
    func normAndRotationOfTwoStreamsRoundTheFloat32Result(tokens: Int, headDim: Int) throws {
        for batch in [1, 3] {
            let text = try normal(batch, 5, 3 * 2 * headDim, dtype: .bfloat16)
            // Columns of a wider row, as a single block's first layer gives them.
            let image = try normal(batch, tokens, 8 * headDim, dtype: .bfloat16)
            let scales = try (0..<4).map { _ in try normal(headDim, dtype: .bfloat16) }
            let angles = try normal(5 + tokens, headDim / 2)
            try expectRounded([text, image] + scales, Self.roundings(3), "batch \(batch)") {
                let columns = try $0[1].narrowed(dim: 2, start: headDim, count: 6 * headDim)
                let streams = [
                    AttentionStream(qkv: $0[0], qScale: $0[2], kScale: $0[3]),
                    AttentionStream(qkv: columns, qScale: $0[4], kScale: $0[5]),
                ]
                return try stacked(AttentionHeads(streams, cos: angles.cos(), sin: angles.sin(), heads: 2, eps: 1e-6))
            }
        }
    }

    @Test func normAndRotationInFloat32FollowTheirFormulas() throws {
        let (tokens, heads, headDim) = (3, 2, 8)
        let qkv = try normal(1, tokens, 3 * heads * headDim), scale = try normal(headDim)
        let angles = try normal(tokens, headDim / 2)
        let stream = AttentionStream(qkv: qkv, qScale: scale, kScale: scale)
        let result = try AttentionHeads([stream], cos: angles.cos(), sin: angles.sin(), heads: heads, eps: 1e-6)
        let x = try qkv.values(as: Double.self), s = try scale.values(as: Double.self)
        let angle = try angles.values(as: Double.self)
        var expected: [Float] = []
        for head in 0..<heads {
            for token in 0..<tokens {
                let start = (token * 3 * heads + head) * headDim, row = x[start..<(start + headDim)]
                let root = (row.reduce(0) { $0 + $1 * $1 } / Double(headDim) + 1e-6).squareRoot()
                for i in 0..<(headDim / 2) {
                    let a = row[start + 2 * i] / root * s[2 * i], b = row[start + 2 * i + 1] / root * s[2 * i + 1]
                    let turn = angle[token * headDim / 2 + i]
                    expected += [Float(a * cos(turn) - b * sin(turn)), Float(a * sin(turn) + b * cos(turn))]
                }
            }
        }
        try expectClose(result.q, Tensor(expected, shape: [1, heads, tokens, headDim]), .float32Layer)
    }

    // MARK: attention

    @Test(arguments: lengths + [513, 700], headDims)
    func attentionKernelRoundsTheFloat32Result(tokens: Int, headDim: Int) throws {
        for (batch, heads) in [(1, 3), (3, 1)] {
            let heads = try (0..<3).map { _ in try normal(batch, heads, tokens, headDim, dtype: .bfloat16) }
            try expectRounded(heads, Self.roundings(2), "batch \(batch)") {
                try AttentionHeads(q: $0[0], k: $0[1], v: $0[2]).attention()
            }
        }
    }

    @Test(arguments: [3.0, 40, 3000])
    func attentionStaysFiniteWithLargeLogits(magnitude: Double) throws {
        let q = try (normal(2, 2, 129, 64) * magnitude).to(.bfloat16), k = try normal(2, 2, 129, 64, dtype: .bfloat16)
        let v = try normal(2, 2, 129, 64, dtype: .bfloat16)
        try expectRounded([q, k, v], Self.roundings(2), "logits of \(magnitude)") {
            try AttentionHeads(q: $0[0], k: $0[1], v: $0[2]).attention()
        }
    }

    @Test func attentionTakesOtherKeyCountsViewsAndScales() throws {
        let q = try normal(2, 70, 3, 32, dtype: .bfloat16), k = try normal(2, 530, 3, 32, dtype: .bfloat16)
        let v = try normal(2, 530, 3, 32, dtype: .bfloat16)
        try expectRounded([q, k, v], Self.roundings(2), "views") {
            let heads = try $0.map { try $0.transposed(1, 2) }
            return try AttentionHeads(q: heads[0], k: heads[1], v: heads[2]).attention(scale: 0.4)
        }
    }

    @Test func attentionWritesOnlyItsColumns() throws {
        for dtype in [DType.float32, .bfloat16] {
            let heads = try (0..<3).map { _ in try normal(2, 2, 40, 24, dtype: dtype) }
            let attention = AttentionHeads(q: heads[0], k: heads[1], v: heads[2])
            let wide = try Tensor.full([2, 40, 60], 5, dtype: dtype)
            try attention.attention(into: wide.narrowed(dim: 2, start: 0, count: 48))
            try expectClose(wide.narrowed(dim: 2, start: 0, count: 48), attention.attention(), .exact)
            try expectClose(wide.narrowed(dim: 2, start: 48, count: 12), Tensor.full([2, 40, 12], 5), .exact)
        }
    }

    @Test func attentionInFloat32FollowsItsFormula() throws {
        let q = try normal(2, 3, 9, 24), k = try normal(2, 3, 11, 24), v = try normal(2, 3, 11, 24)
        let weights = try (q.matmul(k.transposed(2, 3)) / 24.0.squareRoot()).softmax(dim: -1)
        let expected = try weights.matmul(v).transposed(1, 2).reshaped([2, 9, 72])
        try expectClose(AttentionHeads(q: q, k: k, v: v).attention(), expected, .float32Layer)
    }
}
