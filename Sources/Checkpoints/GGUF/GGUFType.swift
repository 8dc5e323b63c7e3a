package import Torch

/// The element type of a tensor in a GGUF file. Source: ggml, `enum ggml_type`.
package enum GGUFType: Sendable, Equatable {
    case plain(DType)
    case blocks(BlockCode)

    private static let numbers: [(UInt32, GGUFType)] = [
        (0, .plain(.float32)), (1, .plain(.float16)), (2, .blocks(.q4_0)), (3, .blocks(.q4_1)), (6, .blocks(.q5_0)), (7, .blocks(.q5_1)),
        (8, .blocks(.q8_0)), (10, .blocks(.q2_K)), (11, .blocks(.q3_K)), (12, .blocks(.q4_K)), (13, .blocks(.q5_K)), (14, .blocks(.q6_K)),
        (24, .plain(.int8)), (25, .plain(.int16)), (26, .plain(.int32)), (27, .plain(.int64)), (28, .plain(.float64)), (30, .plain(.bfloat16)),
    ]

    /// Types that exist and are not read here.
    private static let otherNames: [UInt32: String] = [
        4: "Q4_2", 5: "Q4_3", 9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S",
        22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8", 34: "TQ1_0", 35: "TQ2_0",
        36: "IQ4_NL_4_4", 37: "IQ4_NL_4_8", 38: "IQ4_NL_8_8", 39: "MXFP4", 40: "NVFP4",
    ]

    /// The type of a number in a file; nil where it is not read here.
    package init?(number: UInt32) {
        guard let found = Self.numbers.first(where: { $0.0 == number }) else { return nil }
        self = found.1
    }

    /// Nil for element types that GGUF lacks.
    package var number: UInt32? { Self.numbers.first { $0.1 == self }?.0 }

    /// What a number stands for, as in "IQ4_XS".
    package static func name(of number: UInt32) -> String {
        GGUFType(number: number)?.name ?? otherNames[number] ?? "number \(number)"
    }

    /// All that is read, as a list.
    package static var names: String { numbers.map(\.1.name).joined(separator: ", ") }

    /// As ggml has it: "Q4_K", "BF16".
    package var name: String {
        switch self {
        case .plain(let dtype): SafetensorsType(dtype).rawValue
        case .blocks(let code): code.rawValue
        }
    }

    /// Numbers that belong together: a row holds a multiple of them.
    package var blockCount: Int { if case .blocks(let code) = self { code.count } else { 1 } }

    /// Bytes of so many numbers.
    package var blockByteCount: Int {
        switch self {
        case .plain(let dtype): dtype.byteCount
        case .blocks(let code): code.byteCount
        }
    }
}
