public import Torch

/// A matrix in 8 bits: a whole number from -127 to 127 per element, and a scale per row.
///
/// Each row is scaled by its largest magnitude, so an element is off by at most half a step, 1/254 of that magnitude.
public struct EightBitMatrix: CodedMatrix {
    /// `[rows, columns]`, int8.
    public let codes: Tensor
    /// `[rows, 1]`, float32.
    public let scale: Tensor

    /// - Parameter matrix: `[rows, columns]`, floating point.
    public init(_ matrix: Tensor) throws(TorchError) {
        let (codes, scale) = try matrix.contiguous().eightBitCodes()
        self.init(codes: codes, scale: scale)
    }

    /// A matrix from its parts, as a file holds them.
    public init(codes: Tensor, scale: Tensor) {
        self.codes = codes
        self.scale = scale
    }

    public var shape: [Int] { codes.shape }
    public var byteCount: Int { codes.byteCount + scale.byteCount }
    public var device: Device { codes.device }

    public func values(_ rows: Range<Int>, as dtype: DType) throws(TorchError) -> Tensor {
        try codes.rows(rows).eightBitValues(rowScale: scale.rows(rows), as: dtype)
    }

    public func rows(_ range: Range<Int>) throws(TorchError) -> EightBitMatrix {
        try EightBitMatrix(codes: codes.rows(range), scale: scale.rows(range))
    }

    public func moved(to device: Device) throws(TorchError) -> EightBitMatrix {
        try EightBitMatrix(codes: codes.to(device), scale: scale.to(device))
    }
}
