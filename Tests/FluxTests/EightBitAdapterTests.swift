import Layers
import TestSupport
import Testing
import Torch

/// Adapters over weights in 8 bits.
struct EightBitAdapterTests {
    private func weight(_ dtype: DType) throws -> AdaptableWeight {
        AdaptableWeight(try (0.05 * Tensor.normal([48, 64], using: RandomGenerator(seed: 1))).to(dtype))
    }

    /// Most changes of this adapter are finer than a step of 8 bits.
    private func adapter(_ dtype: DType) throws -> LowRankAdapter {
        let generator = try RandomGenerator(seed: 2)
        return LowRankAdapter(
            down: try (0.01 * Tensor.normal([4, 64], using: generator)).to(dtype), up: try (0.01 * Tensor.normal([16, 4], using: generator)).to(dtype),
            rows: 32..<48, weight: 0.8)
    }

    /// What the adapter adds to the layer's output for `x`.
    private func effect(_ weight: AdaptableWeight, _ attachment: AdapterAttachment, _ dtype: DType, on x: Tensor) throws -> Tensor {
        let input = try x.to(dtype)
        let without = try input.linear(weight: weight.base()).to(.float32)
        try weight.attach([adapter(dtype)], as: attachment)
        let output = try input.linear(weight: weight.value())
        if weight.hasSideAdapters { try weight.addSideAdapters(to: output, input: input, rows: nil) }
        return try output.to(.float32) - without
    }

    @Test(arguments: AdapterAttachment.allCases) func theStrengthIsThatOverWholeWeights(attachment: AdapterAttachment) throws {
        let x = try Tensor.normal([32, 64], using: RandomGenerator(seed: 3))
        let expected = try effect(weight(.float32), .merged, .float32, on: x)
        let quantized = try weight(.float32)
        try quantized.storeInEightBits()
        try expectRelativeL2(effect(quantized, attachment, .float32, on: x), expected, atMost: 1e-3)
    }

    @Test func storingAfterAttachingKeepsTheStrength() throws {
        let x = try Tensor.normal([32, 64], using: RandomGenerator(seed: 3))
        let expected = try effect(weight(.float32), .merged, .float32, on: x)
        let late = try weight(.float32)
        try late.attach([adapter(.float32)], as: .merged)
        try late.storeInEightBits()
        #expect(late.hasSideAdapters)
        try expectRelativeL2(effect(late, .merged, .float32, on: x), expected, atMost: 1e-3)
        try late.attach([], as: .merged)
        #expect(try late.value().values(as: Float.self) == late.base().values(as: Float.self))
    }
}
