internal import CTorch

/// The type of a tensor's elements.
public enum DType: String, Sendable, CaseIterable {
    /// Floating-point numbers of 32, 64 and 16 bits; `bfloat16` has 8 bits of exponent, `float16` 5.
    case float32, float64, float16, bfloat16
    /// 8 bits with 4 of exponent and 3 of mantissa, no infinities; PyTorch's `float8_e4m3fn`.
    case float8e4m3
    /// 8 bits with 5 of exponent and 2 of mantissa; PyTorch's `float8_e5m2`.
    case float8e5m2
    /// Whole numbers, and truth values of one byte.
    case int8, uint8, int16, int32, int64, bool

    /// Bytes one element takes.
    public var byteCount: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16, .int16: 2
        case .float8e4m3, .float8e5m2, .int8, .uint8, .bool: 1
        }
    }

    /// Whether elements are floating-point numbers of any width.
    public var isFloatingPoint: Bool {
        switch self {
        case .float32, .float64, .float16, .bfloat16, .float8e4m3, .float8e5m2: true
        case .int8, .uint8, .int16, .int32, .int64, .bool: false
        }
    }
}

extension DType {
    /// The number the C interface uses for this type.
    package var number: Int32 {
        let number =
            switch self {
            case .float32: CT_FLOAT32
            case .float64: CT_FLOAT64
            case .float16: CT_FLOAT16
            case .bfloat16: CT_BFLOAT16
            case .float8e4m3: CT_FLOAT8_E4M3
            case .float8e5m2: CT_FLOAT8_E5M2
            case .int8: CT_INT8
            case .uint8: CT_UINT8
            case .int16: CT_INT16
            case .int32: CT_INT32
            case .int64: CT_INT64
            case .bool: CT_BOOL
            }
        return Int32(number)
    }

    /// The type of a number of the C interface; nil where there is none.
    package init?(number: Int32) {
        guard let found = Self.allCases.first(where: { $0.number == number }) else { return nil }
        self = found
    }

    /// libtorch's own name of the type, `BFloat16`.
    package var nativeName: String { String(cString: ct_dtype_name(number)) }
}

/// A Swift type whose values can fill a tensor and be read from one.
public protocol TensorElement: Sendable {
    /// The element type with the same bits.
    static var dtype: DType { get }
}

extension Float: TensorElement {
    /// Elements of float32.
    public static var dtype: DType { .float32 }
}

extension Double: TensorElement {
    /// Elements of float64.
    public static var dtype: DType { .float64 }
}

extension Int: TensorElement {
    /// Elements of int64.
    public static var dtype: DType { .int64 }
}

extension Int64: TensorElement {
    /// Elements of int64.
    public static var dtype: DType { .int64 }
}

extension Int32: TensorElement {
    /// Elements of int32.
    public static var dtype: DType { .int32 }
}

extension Int16: TensorElement {
    /// Elements of int16.
    public static var dtype: DType { .int16 }
}

extension Int8: TensorElement {
    /// Elements of int8.
    public static var dtype: DType { .int8 }
}

extension UInt8: TensorElement {
    /// Elements of uint8.
    public static var dtype: DType { .uint8 }
}

extension Bool: TensorElement {
    /// Elements of bool.
    public static var dtype: DType { .bool }
}
