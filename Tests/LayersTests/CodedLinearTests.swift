import Checkpoints
import Layers
import TestSupport
import Testing
import Torch

/// Linear layers whose weights are kept in fewer bits, against the same numbers kept whole.
struct CodedLinearTests {
    enum Code: CaseIterable, Sendable { case int8, float8, bfloat16 }

    /// Rows that make several bands of 8 MiB, and no whole number of them.
    static let outputs = 1500, inputs = 4096

    private func matrix(_ code: Code, outputs: Int = Self.outputs, inputs: Int = Self.inputs) throws -> any CodedMatrix {
        let wide = try 0.05 * Tensor.normal([outputs, inputs], using: RandomGenerator(seed: 1))
        return switch code {
        case .int8: try EightBitMatrix(wide)
        case .float8: try Float8Matrix(wide)
        case .bfloat16: NarrowMatrix(try wide.to(.bfloat16))
        }
    }

    /// Layers with the same numbers: coded, and whole.
    private func layers(_ code: Code, _ dtype: DType, outputs: Int = Self.outputs, inputs: Int = Self.inputs) throws -> (coded: Linear, whole: Linear) {
        let matrix = try matrix(code, outputs: outputs, inputs: inputs)
        let bias = try Tensor.normal([outputs], using: RandomGenerator(seed: 2)).to(dtype)
        return (
            Linear(weight: AdaptableWeight(matrix, dtype: dtype), bias: bias),
            Linear(weight: AdaptableWeight(try matrix.values(as: dtype)), bias: bias))
    }

    private func tolerance(_ dtype: DType) -> Tolerance { dtype == .float32 ? .float32Layer : .bfloat16Block }

    @Test(arguments: Code.allCases, [DType.float32, .bfloat16]) func bandsGiveWhatTheWholeWeightGives(code: Code, dtype: DType) throws {
        try withoutGradients {
            let (coded, whole) = try layers(code, dtype)
            let x = try Tensor.normal([1, 24, Self.inputs], using: RandomGenerator(seed: 3)).to(dtype)
            try expectClose(coded(x), whole(x), tolerance(dtype))
            try expectClose(coded(x, rows: nil, activation: .gelu), whole(x, rows: nil, activation: .gelu), tolerance(dtype))
            let rows = 100..<1400
            try expectClose(coded(x, rows: rows), whole(x, rows: rows), tolerance(dtype))
            let place = try Tensor.zeros([1, 24, 2000], dtype: dtype)
            let columns = try place.narrowed(dim: -1, start: 300, count: rows.count)
            try coded(x, rows: rows, activation: .gelu, into: columns)
            try expectClose(columns, whole(x, rows: rows, activation: .gelu), tolerance(dtype))
            #expect(try place.narrowed(dim: -1, start: 0, count: 300).equal(0).allTrue())
            let residual = try Tensor.normal([1, 24, Self.outputs], using: RandomGenerator(seed: 4)).to(dtype)
            let gate = try Tensor.normal([1, 1, Self.outputs], using: RandomGenerator(seed: 5)).to(dtype)
            try expectClose(coded(x, addedTo: residual, gate: gate), whole(x, addedTo: residual, gate: gate), tolerance(dtype))
        }
    }

    @Test func gradientsFlowThroughACode() throws {
        let (coded, whole) = try layers(.int8, .float32)
        func gradient(_ layer: Linear) throws -> Tensor {
            let x = try Tensor.normal([2, Self.inputs], using: RandomGenerator(seed: 3))
            try x.requireGradient()
            try layer(x).square().sum().backward()
            return try #require(try x.gradient())
        }
        try expectClose(gradient(coded), gradient(whole), .float32Layer)
    }

    // MARK: adapters

    private func adapter(_ dtype: DType) throws -> LowRankAdapter {
        let generator = try RandomGenerator(seed: 6)
        return LowRankAdapter(
            down: try (0.02 * Tensor.normal([8, 64], using: generator)).to(dtype), up: try (0.02 * Tensor.normal([32, 8], using: generator)).to(dtype),
            rows: 48..<80, weight: 0.7)
    }

    /// What the adapter adds to the layer's output.
    private func effect(_ layer: Linear, on x: Tensor, _ dtype: DType) throws -> Tensor {
        let without = try layer(x).to(.float32)
        try layer.weight.attach([adapter(dtype)], as: .merged)
        return try layer(x).to(.float32) - without
    }

    /// Most of this adapter's changes are finer than the steps of 8 bits: merged into them it would be lost.
    @Test(arguments: Code.allCases) func anAdapterIsAsStrongOverACode(code: Code) throws {
        try withoutGradients {
            let (coded, _) = try layers(code, .float32, outputs: 96, inputs: 64)
            let plain = Linear(weight: AdaptableWeight(try (0.05 * Tensor.normal([96, 64], using: RandomGenerator(seed: 1))).to(.bfloat16).to(.float32)), bias: nil)
            let x = try Tensor.normal([1, 40, 64], using: RandomGenerator(seed: 3))
            let expected = try effect(plain, on: x, .float32)
            #expect(coded.weight.hasSideAdapters == false)
            try expectRelativeL2(effect(coded, on: x, .float32), expected, atMost: 1e-3)
            #expect(coded.weight.hasSideAdapters)
        }
    }

    @Test(arguments: Code.allCases, [DType.float32, .bfloat16]) func takingAdaptersOffRestoresEveryBit(code: Code, dtype: DType) throws {
        try withoutGradients {
            let (coded, _) = try layers(code, dtype, outputs: 96, inputs: 64)
            let x = try Tensor.normal([1, 40, 64], using: RandomGenerator(seed: 3)).to(dtype)
            let before = try coded(x)
            try coded.weight.attach([adapter(dtype)], as: .merged)
            #expect(try coded(x).values(as: Float.self) != before.values(as: Float.self))
            try coded.weight.attach([], as: .merged)
            try expectClose(coded(x), before, .exact)
        }
    }
}
