import TestSupport
import Testing
import Torch

/// Numbers and codes of 8-bit matrices: kernels against libtorch's operations, bit for bit.
struct CodedRowTests {
    /// Widths around the vectors' lengths, and enough rows for several threads.
    static let shapes = [[1, 1], [3, 7], [5, 64], [300, 257]]

    @Test(arguments: shapes, [DType.float32, .bfloat16, .float16]) func numbersOfWholeCodes(shape: [Int], dtype: DType) throws {
        let wide = try Tensor.normal(shape, using: RandomGenerator(seed: 1))
        let (codes, scale) = try wide.eightBitCodes()
        let composed = try FusedKernels.disabled { try codes.eightBitValues(rowScale: scale, as: dtype) }
        try expectClose(codes.eightBitValues(rowScale: scale, as: dtype), composed, .exact)
        #expect(composed.dtype == dtype)
    }

    @Test(arguments: shapes, [DType.float32, .bfloat16]) func codesOfNumbers(shape: [Int], dtype: DType) throws {
        let numbers = try Tensor.normal(shape, using: RandomGenerator(seed: 1)).to(dtype)
        let composed = try FusedKernels.disabled { try numbers.eightBitCodes() }
        let (codes, scale) = try numbers.eightBitCodes()
        try expectClose(codes, composed.codes, .exact)
        try expectClose(scale, composed.rowScale, .exact)
        #expect(try codes.to(.float32).abs().amax().item() == 127)
    }

    @Test func aRowOfZerosStaysZero() throws {
        let (codes, scale) = try Tensor.zeros([2, 40]).eightBitCodes()
        try expectClose(codes.eightBitValues(rowScale: scale, as: .float32), .zeros([2, 40]), .exact)
    }

    /// Every one of the 256 codes, infinities and NaN among them.
    @Test(arguments: [DType.float8e4m3, .float8e5m2], [DType.float32, .bfloat16]) func everyCodeOfFloat8(type: DType, dtype: DType) throws {
        let codes = try Tensor((0..<512).map { UInt8($0 % 256) }, shape: [2, 256]).viewed(as: type)
        for scale in [Float(1), 0.037] {
            let composed = try FusedKernels.disabled { try codes.float8Values(scale: scale, as: dtype) }
            let numbers = try codes.float8Values(scale: scale, as: dtype)
            let isNumber = try composed.equal(composed)
            try expectClose(numbers.equal(numbers).to(.float32), isNumber.to(.float32), .exact)
            let zero = try Tensor.zeros([], dtype: dtype)
            try expectClose(Tensor.where(isNumber, numbers, zero).to(.float64), Tensor.where(isNumber, composed, zero).to(.float64), .exact)
        }
    }

    @Test func wrongShapesAreRefused() throws {
        let codes = try Tensor.zeros([4, 8], dtype: .int8)
        #expect(throws: TorchError.self) { try codes.eightBitValues(rowScale: .ones([3, 1]), as: .float32) }
        #expect(throws: TorchError.self) { try codes.eightBitCodes() }
        #expect(throws: TorchError.self) { try codes.float8Values(scale: 1, as: .float32) }
    }
}
