public import Torch

/// What a checkpoint's weights can be converted to.
public enum StoredType: String, Sendable, CaseIterable {
    case float32, bf16, float16
    /// e4m3 with a scale per matrix, under ComfyUI's names.
    case fp8
    /// Whole numbers with a scale per row.
    case int8
    /// Blocks of 32 with a scale each, in a GGUF file.
    case q8_0

    /// The type of plain numbers; nil for codes.
    public var dtype: DType? {
        switch self {
        case .float32: .float32
        case .bf16: .bfloat16
        case .float16: .float16
        case .fp8, .int8, .q8_0: nil
        }
    }

    /// What the names of such files end in.
    public var fileSuffix: String { self == .q8_0 ? "gguf" : "safetensors" }
}
