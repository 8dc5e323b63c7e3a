import Testing
import TestSupport
import Torch

@Suite struct DTypeTests {
    /// The names libtorch has for the types; the mapping is made by us, and could be crossed.
    static let nativeNames: [(DType, String)] = [
        (.float32, "Float"), (.float64, "Double"), (.float16, "Half"), (.bfloat16, "BFloat16"), (.float8e4m3, "Float8_e4m3fn"),
        (.float8e5m2, "Float8_e5m2"), (.int8, "Char"), (.uint8, "Byte"), (.int16, "Short"), (.int32, "Int"), (.int64, "Long"),
        (.bool, "Bool"),
    ]

    @Test func everyTypeReachesLibtorchUnderItsName() {
        #expect(Self.nativeNames.count == DType.allCases.count)
        for (dtype, name) in Self.nativeNames { #expect(dtype.nativeName == name) }
    }

    @Test(arguments: DType.allCases)
    func everyTypeComesBackFromLibtorch(dtype: DType) throws {
        let tensor = try Tensor.ones([2, 3], dtype: dtype)
        #expect(tensor.dtype == dtype)
        #expect(tensor.byteCount == 6 * dtype.byteCount)
        #expect(try tensor.viewed(as: .uint8).shape == [2, 3 * dtype.byteCount])
        try expectValues(tensor.to(.float64), [1, 1, 1, 1, 1, 1], shape: [2, 3])
    }

    @Test func numbersOfNoTypeGiveNil() {
        #expect(DType(number: 12) == nil)
        #expect(DType(number: -1) == nil)
    }

    @Test func narrowTypesRoundAsTheirMantissaDemands() throws {
        let x = try Tensor([Float(1.1), 300, -0.07], shape: [3])
        try expectValues(x.to(.bfloat16).to(.float32), [1.1015625, 300, -0.06982421875], .exact)
        try expectValues(x.to(.float8e4m3).to(.float32), [1.125, 288, -0.0703125], .exact)
        try expectValues(x.to(.float8e5m2).to(.float32), [1, 320, -0.0625], .exact)
    }
}
