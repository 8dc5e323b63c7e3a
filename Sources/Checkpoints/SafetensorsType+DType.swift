import Torch

extension DType {
    /// The element type of tensors stored as `type`.
    init(_ type: SafetensorsType) {
        self =
            switch type {
            case .F64: .float64
            case .F32: .float32
            case .F16: .float16
            case .BF16: .bfloat16
            case .F8_E4M3: .float8e4m3
            case .F8_E5M2: .float8e5m2
            case .I64: .int64
            case .I32: .int32
            case .I16: .int16
            case .I8: .int8
            case .U8: .uint8
            case .BOOL: .bool
            }
    }
}

extension SafetensorsType {
    /// How tensors of `dtype` are stored.
    init(_ dtype: DType) {
        self =
            switch dtype {
            case .float64: .F64
            case .float32: .F32
            case .float16: .F16
            case .bfloat16: .BF16
            case .float8e4m3: .F8_E4M3
            case .float8e5m2: .F8_E5M2
            case .int64: .I64
            case .int32: .I32
            case .int16: .I16
            case .int8: .I8
            case .uint8: .U8
            case .bool: .BOOL
            }
    }
}
