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
        let wide = try matrix.to(.float32)
        let largest = try Float(wide.abs().amax([0, 1]).item())
        let scale = max(largest / 448, 1e-30)
        self.init(codes: try (wide / Double(scale)).to(.float8e4m3), scale: scale)
    }

    /// A matrix from its parts, as a file holds them.
    public init(codes: Tensor, scale: Float = 1) {
        self.codes = codes
        self.scale = scale
    }

    public var shape: [Int] { codes.shape }
    public var byteCount: Int { shape.reduce(1, *) + 4 }
    public var device: Device { codes.device }

    public func values(_ rows: Range<Int>, as dtype: DType) throws(TorchError) -> Tensor {
        try codes.narrowed(dim: 0, start: rows.lowerBound, count: rows.count).float8Values(scale: scale, as: dtype)
    }

    public func moved(to device: Device) throws(TorchError) -> Float8Matrix {
        try Float8Matrix(codes: codes.to(device), scale: scale)
    }
}
