import Foundation
import Testing
import TestSupport
import Torch

@Suite struct NeuralTests {
    @Test func productsOfMatrices() throws {
        let a = try Tensor([Float(1), 2, 3, 4], shape: [2, 2]), b = try Tensor([Float(5), 6, 7, 8], shape: [2, 2])
        try expectValues(a.matmul(b), [19, 22, 43, 50])
        try expectValues(a.linear(weight: b), [17, 23, 39, 53])
        try expectValues(a.linear(weight: b, bias: Tensor([Float(1), -1])), [18, 22, 40, 52])
        #expect(try Tensor.zeros([2, 3, 4, 5]).matmul(Tensor.zeros([5, 7])).shape == [2, 3, 4, 7])
    }

    @Test func activationsAgreeWithTheirFormulas() throws {
        let x = [-2.0, -0.3, 0, 0.4, 1.7]
        let tensor = try Tensor(x)
        try expectValues(tensor.silu(), x.map { $0 / (1 + exp(-$0)) })
        try expectValues(tensor.gelu(), x.map { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) })
        try expectValues(tensor.gelu(approximate: false), x.map { 0.5 * $0 * (1 + erf($0 / sqrt(2))) })
        try expectValues(tensor.relu(), [0, 0, 0, 0.4, 1.7])
    }

    @Test func softmaxSumsToOneInTheTypeAskedFor() throws {
        let x = try Tensor([Float(0), log(3)])
        try expectValues(x.softmax(dim: 0), [0.25, 0.75])
        try expectValues(x.logSoftmax(dim: 0), [log(0.25), log(0.75)])
        let half = try x.to(.bfloat16)
        #expect(try half.softmax(dim: 0).dtype == .bfloat16)
        #expect(try half.softmax(dim: 0, dtype: .float32).dtype == .float32)
    }

    @Test func normalizationsAgreeWithTheirFormulas() throws {
        let x = try Tensor([Float(1), 3, -2, 2], shape: [2, 2])
        let weight = try Tensor([Float(2), 3]), bias = try Tensor([Float(1), 0])
        try expectValues(x.layerNorm([2], eps: 0), [-1, 1, -1, 1])
        try expectValues(x.layerNorm([2], weight: weight, bias: bias, eps: 0), [-1, 3, -1, 3])
        try expectValues(x.layerNorm([2], eps: 3), [-0.5, 0.5, -2 / sqrt(7), 2 / sqrt(7)])
        try expectValues(x.rmsNorm(eps: 0), [1 / sqrt(5), 3 / sqrt(5), -1, 1])
        try expectValues(x.rmsNorm(weight: weight, eps: 0), [2 / sqrt(5), 9 / sqrt(5), -2, 3])
        let picture = try Tensor([Float(1), 3, -2, 2], shape: [1, 2, 1, 2])
        try expectValues(picture.groupNorm(groups: 2, eps: 0), [-1, 1, -1, 1], shape: [1, 2, 1, 2])
        try expectValues(picture.groupNorm(groups: 2, weight: weight, bias: bias, eps: 0), [-1, 3, -3, 3])
        // Groups are of channels: one group sees all four numbers, whose mean is 1 and whose variance is 3.5.
        try expectValues(picture.groupNorm(groups: 1, eps: 0), [0, 2, -3, 1].map { $0 / sqrt(3.5) })
    }

    @Test func convolutionSlidesItsKernel() throws {
        let picture = try Tensor.arange(9, dtype: .float32).reshaped([1, 1, 3, 3])
        let kernel = try Tensor([Float(1), 0, 0, -1], shape: [1, 1, 2, 2])
        try expectValues(picture.convolution2d(weight: kernel), [-4, -4, -4, -4], shape: [1, 1, 2, 2])
        let strided = try picture.convolution2d(weight: kernel, bias: Tensor([Float(0.5)]), stride: 2, padding: 1)
        try expectValues(strided, [0.5, -1.5, -5.5, -3.5], shape: [1, 1, 2, 2])
        try expectValues(picture.convolution2d(weight: kernel, dilation: 2), [-8], shape: [1, 1, 1, 1])
        let pair = try Tensor.ones([1, 2, 1, 1])
        try expectValues(pair.convolution2d(weight: Tensor([Float(2), 3], shape: [2, 1, 1, 1]), groups: 2), [2, 3])
    }

    @Test func picturesGrowAndShrink() throws {
        let picture = try Tensor([Float(0), 4], shape: [1, 1, 1, 2])
        try expectValues(picture.upsampledNearest(scale: 2), [0, 0, 4, 4, 0, 0, 4, 4], shape: [1, 1, 2, 4], .exact)
        try expectValues(picture.interpolatedBilinear(height: 1, width: 4), [0, 1, 3, 4], shape: [1, 1, 1, 4])
        try expectValues(picture.interpolatedBilinear(height: 1, width: 3, alignCorners: true), [0, 2, 4])
        try expectValues(picture.interpolatedBicubic(height: 1, width: 3, alignCorners: true), [0, 2, 4])
        let square = try Tensor([Float(1), 2, 3, 6], shape: [1, 1, 2, 2])
        try expectValues(square.averagePooled2d(kernel: 2), [3])
        try expectValues(square.maxPooled2d(kernel: 2), [6])
        #expect(try square.maxPooled2d(kernel: 1, stride: 1).shape == [1, 1, 2, 2])
    }

    @Test func tablesAreLookedUp() throws {
        let table = try Tensor([Float(1), 2, 3, 4], shape: [2, 2])
        try expectValues(table.embedding(Tensor([Int64(1), 0, 1], shape: [1, 3])), [3, 4, 1, 2, 3, 4], shape: [1, 3, 2], .exact)
    }

    @Test func attentionEqualsItsFormula() throws {
        let generator = try RandomGenerator(seed: 7)
        func draw(_ tokens: Int) throws -> Tensor { try .normal([1, 2, tokens, 4], using: generator) }
        let q = try draw(3), k = try draw(5), v = try draw(5)
        let scores = try q.matmul(k.transposed(2, 3))
        try expectClose(.scaledDotProductAttention(q, k, v), (scores * 0.5).softmax(dim: -1).matmul(v), .float32Layer)
        try expectClose(.scaledDotProductAttention(q, k, v, scale: 2), (scores * 2).softmax(dim: -1).matmul(v), .float32Layer)
        let mask = try Tensor([true, true, false, true, false], shape: [1, 1, 1, 5])
        let masked = try (scores * 0.5).maskedFill(mask.logicalNot(), -.infinity).softmax(dim: -1).matmul(v)
        try expectClose(.scaledDotProductAttention(q, k, v, mask: mask), masked, .float32Layer)
        let causal = try Tensor.scaledDotProductAttention(k, k, v, isCausal: true)
        try expectClose(causal.select(dim: 2, index: 0), v.select(dim: 2, index: 0), .float32Layer)
    }
}
