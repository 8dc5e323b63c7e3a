public import Torch

/// A matrix of 8-bit floating-point numbers and one scale for all of them.
///
/// Files that are cast from wider numbers have the scale 1; ComfyUI's scaled files keep another beside each weight.
public struct Float8Matrix: CodedMatrix {
    /// `[rows, columns]`, `float8e4m3` or `float8e5m2`.
    public let codes: Tensor
    /// What the codes are multiplied by.
    public let scale: Float

    /// - Parameter matrix: `[rows, columns]`, floating point; cast with a scale that puts its largest magnitude at the end of
    ///   e4m3's range, 448.
    public init(_ matrix: Tensor) throws(TorchError) {
        let shape = matrix.shape, device = matrix.device
        let bands = RowRanges.bands(0..<shape[0], columns: shape[1], device: device)
        var largest = 0.0
        for band in bands { largest = max(largest, try matrix.rows(band).to(.float32).abs().amax().item()) }
        let scale = max(Float(largest) / 448, 1e-30)
        let codes = try Tensor.empty(shape, dtype: .float8e4m3, device: device)
        for band in bands { try codes.rows(band).copyInPlace(from: matrix.rows(band).to(.float32) / Double(scale)) }
        self.init(codes: codes, scale: scale)
    }

    /// A matrix from its parts, as a file holds them.
    public init(codes: Tensor, scale: Float = 1) {
        self.codes = codes
        self.scale = scale
    }

    public var shape: [Int] { codes.shape }
    public var byteCount: Int { codes.byteCount + 4 }
    public var device: Device { codes.device }

    public func values(_ rows: Range<Int>, as dtype: DType) throws(TorchError) -> Tensor {
        try codes.rows(rows).float8Values(scale: scale, as: dtype)
    }

    public func rows(_ range: Range<Int>) throws(TorchError) -> Float8Matrix { try Float8Matrix(codes: codes.rows(range), scale: scale) }

    public func moved(to device: Device) throws(TorchError) -> Float8Matrix { try Float8Matrix(codes: codes.to(device), scale: scale) }
}
