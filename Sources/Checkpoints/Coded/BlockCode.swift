/// The codes of GGUF files that cut a row into blocks, each with scales of its own.
///
/// Numbers of 16 bits are little-endian half precision. Source: ggml, `ggml-common.h` (layouts) and `ggml-quants.c`,
/// `dequantize_row_…` (formulas). The formulas stand beside the code that computes them, in `BlockCode+Formulas`.
public enum BlockCode: String, Sendable, CaseIterable {
    case q4_0 = "Q4_0", q4_1 = "Q4_1", q5_0 = "Q5_0", q5_1 = "Q5_1", q8_0 = "Q8_0"
    case q2_K = "Q2_K", q3_K = "Q3_K", q4_K = "Q4_K", q5_K = "Q5_K", q6_K = "Q6_K"

    /// Numbers that a block stands for, all of one row.
    public var count: Int {
        switch self {
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: 32
        case .q2_K, .q3_K, .q4_K, .q5_K, .q6_K: 256
        }
    }

    /// Bytes of a block.
    public var byteCount: Int {
        switch self {
        case .q4_0: 18
        case .q4_1: 20
        case .q5_0: 22
        case .q5_1: 24
        case .q8_0: 34
        case .q2_K: 84
        case .q3_K: 110
        case .q4_K: 144
        case .q5_K: 176
        case .q6_K: 210
        }
    }
}
