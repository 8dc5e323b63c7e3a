import TestSupport
import Testing
import Torch

/// The gradients of the fused operations, in bfloat16, against those that libtorch derives in float32.
@Suite(.enabled(if: FusedKernels.areAvailable, "this processor lacks AVX512-BF16")) struct FusedGradientTests {
    let generator: RandomGenerator

    init() throws { generator = try RandomGenerator(seed: 11) }

    /// Checks the gradients of all `inputs` and of the result against a run in float32.
    private func check(_ shapes: [[Int]], tolerance: Double = 2e-2, _ body: ([Tensor]) throws -> Tensor) throws {
        let values = try shapes.map { try Tensor.normal($0, using: generator).to(.bfloat16) }
        let probe = try withoutGradients { try body(values) }
        let direction = try Tensor.normal(probe.shape, using: generator).to(.bfloat16)
        func gradients(_ dtype: DType) throws -> [Tensor] {
            let leaves = try values.map { try $0.to(dtype).cloned() }
            for leaf in leaves { try leaf.requireGradient() }
            let result = try body(leaves)
            try (result * direction.to(dtype)).to(.float32).sum().backward()
            return try [result] + leaves.map { try #require(try $0.gradient()) }
        }
        for (fused, exact) in zip(try gradients(.bfloat16), try gradients(.float32)) {
            #expect(fused.dtype == .bfloat16)
            try expectRelativeL2(fused.to(.float32), exact, atMost: tolerance)
        }
    }

    @Test(arguments: [192, 40]) func modulatedLayerNorm(width: Int) throws {
        try check([[3, 7, width], [3, 1, width], [3, 1, width]]) { try $0[0].modulatedLayerNorm(shift: $0[1], scale: $0[2], eps: 1e-6) }
    }

    @Test func modulationSharedByTheBatch() throws {
        try check([[3, 7, 64], [1, 1, 64], [1, 1, 64]]) { try $0[0].modulatedLayerNorm(shift: $0[1], scale: $0[2], eps: 1e-6) }
        try check([[3, 7, 64], [3, 7, 64], [1, 1, 64]]) { try $0[0].adding($0[1], gate: $0[2]) }
    }

    @Test func gatedResidual() throws {
        try check([[2, 19, 72], [2, 19, 72], [2, 1, 72]]) { try $0[0].adding($0[1], gate: $0[2]) }
    }

    @Test func linearWithGatedResidual() throws {
        try check([[2, 20, 48], [64, 48], [64], [2, 20, 64], [2, 1, 64]]) {
            try $0[0].linear(weight: $0[1], bias: $0[2], addedTo: $0[3], gate: $0[4])
        }
        try check([[2, 20, 48], [64, 48], [64]]) { try $0[0].linear(weight: $0[1], bias: $0[2], activation: .gelu) }
    }

    @Test(arguments: [[5], [5, 9]]) func normAndRotation(counts: [Int]) throws {
        let heads = 3, dim = 20, tokens = counts.reduce(0, +)
        let angles = try Tensor.normal([tokens, dim / 2], using: generator)
        let shapes = counts.flatMap { [[2, $0, 3 * heads * dim], [dim], [dim]] }
        try check(shapes) { inputs in
            let streams = stride(from: 0, to: inputs.count, by: 3).map {
                AttentionStream(qkv: inputs[$0], qScale: inputs[$0 + 1], kScale: inputs[$0 + 2])
            }
            let parts = try AttentionHeads(streams, cos: angles.cos(), sin: angles.sin(), heads: heads, eps: 1e-6)
            return try Tensor.concatenated([parts.q, 2 * parts.k, 3 * parts.v], dim: 3)
        }
    }

    @Test(arguments: [(116, 32), (7, 20), (128, 128), (65, 70), (300, 24)]) func attention(tokens: Int, dim: Int) throws {
        try check(Array(repeating: [2, 3, tokens, dim], count: 3)) {
            try AttentionHeads(q: $0[0], k: $0[1], v: $0[2]).attention()
        }
    }
}

/// The gradients of the fused operations in float32 against those that libtorch derives in float64.
@Suite struct FloatGradientTests {
    let generator: RandomGenerator

    init() throws { generator = try RandomGenerator(seed: 12) }

    private func check(_ shapes: [[Int]], _ body: ([Tensor]) throws -> Tensor) throws {
        let values = try shapes.map { try Tensor.normal($0, using: generator) }
        let probe = try withoutGradients { try body(values) }
        let direction = try Tensor.normal(probe.shape, using: generator)
        func gradients(_ dtype: DType) throws -> [Tensor] {
            let leaves = try values.map { try $0.to(dtype).cloned() }
            for leaf in leaves { try leaf.requireGradient() }
            let result = try body(leaves)
            try (result * direction.to(dtype)).sum().backward()
            return try [result.detached()] + leaves.map { try #require(try $0.gradient()) }
        }
        for (fused, exact) in zip(try gradients(.float32), try gradients(.float64)) {
            try expectRelativeL2(fused, exact.to(.float32), atMost: 2e-6)
        }
    }

    @Test(arguments: [192, 37]) func modulatedLayerNorm(width: Int) throws {
        try check([[3, 7, width], [3, 1, width], [3, 1, width]]) { try $0[0].modulatedLayerNorm(shift: $0[1], scale: $0[2], eps: 1e-6) }
        try check([[3, 7, width], [1, 1, width], [1, 1, width]]) { try $0[0].modulatedLayerNorm(shift: $0[1], scale: $0[2], eps: 1e-6) }
    }

    @Test func gatedResidualAndLinear() throws {
        try check([[2, 19, 72], [2, 19, 72], [2, 1, 72]]) { try $0[0].adding($0[1], gate: $0[2]) }
        try check([[3, 7, 64], [3, 7, 64], [1, 1, 64]]) { try $0[0].adding($0[1], gate: $0[2]) }
        try check([[2, 20, 48], [64, 48], [64], [2, 20, 64], [2, 1, 64]]) {
            try $0[0].linear(weight: $0[1], bias: $0[2], addedTo: $0[3], gate: $0[4])
        }
        try check([[2, 20, 48], [64, 48], [64]]) { try $0[0].linear(weight: $0[1], bias: $0[2], activation: .gelu) }
    }

    @Test(arguments: [[5], [5, 9]]) func normAndRotation(counts: [Int]) throws {
        let heads = 3, dim = 20, tokens = counts.reduce(0, +)
        let angles = try Tensor.normal([tokens, dim / 2], using: generator)
        try check(counts.flatMap { [[2, $0, 3 * heads * dim], [dim], [dim]] }) { inputs in
            let streams = stride(from: 0, to: inputs.count, by: 3).map {
                AttentionStream(qkv: inputs[$0], qScale: inputs[$0 + 1], kScale: inputs[$0 + 2])
            }
            let parts = try AttentionHeads(streams, cos: angles.cos(), sin: angles.sin(), heads: heads, eps: 1e-6)
            return try Tensor.concatenated([parts.q, 2 * parts.k, 3 * parts.v], dim: 3)
        }
    }

    @Test(arguments: [(116, 32), (7, 20)]) func attention(tokens: Int, dim: Int) throws {
        try check(Array(repeating: [2, 3, tokens, dim], count: 3)) {
            try AttentionHeads(q: $0[0], k: $0[1], v: $0[2]).attention()
        }
    }

    @Test func partsOfWiderTensorsHaveGradientsToo() throws {
        try check([[2, 6, 96], [2, 1, 96]]) { inputs in
            let part = try inputs[0].narrowed(dim: 2, start: 8, count: 32), vector = try inputs[1].narrowed(dim: 2, start: 40, count: 32)
            return try part.modulatedLayerNorm(shift: vector, scale: vector, eps: 1e-6).adding(part, gate: vector)
        }
    }
}

/// Group norm with SiLU in channels-last layout against libtorch's composition.
@Suite struct GroupNormGradientTests {
    @Test(arguments: [(1, 16), (4, 24), (32, 64)]) func valueAndGradientsAreThoseOfTheComposition(groups: Int, channels: Int) throws {
        let generator = try RandomGenerator(seed: 3)
        let shape = [3, channels, 7, 5]
        let inputs = try [shape, [channels], [channels]].map { try 2 * Tensor.normal($0, using: generator) + 0.5 }
        let direction = try Tensor.normal(shape, using: generator)
        func run(_ body: ([Tensor]) throws -> Tensor) throws -> [Tensor] {
            let leaves = try inputs.map { try $0.cloned() }
            for leaf in leaves { try leaf.requireGradient() }
            let result = try body(leaves)
            try (result * direction).sum().backward()
            return try [result.detached()] + leaves.map { try #require(try $0.gradient()) }
        }
        let fused = try run { try $0[0].channelsLast().groupNormSilu(groups: groups, weight: $0[1], bias: $0[2], eps: 1e-6) }
        let composed = try run { try $0[0].groupNorm(groups: groups, weight: $0[1], bias: $0[2], eps: 1e-6).silu() }
        for (one, other) in zip(fused, composed) { try expectRelativeL2(one, other, atMost: 1e-6) }
    }
}
