public import Torch

/// A weight matrix in fewer bits than the numbers it stands for, as a file holds it or as loading made it.
///
/// A layer keeps the code and makes numbers of some rows at a time while it multiplies with them.
public protocol CodedMatrix {
    /// `[rows, columns]`: outputs and inputs of the layer.
    var shape: [Int] { get }
    /// Bytes that the code takes.
    var byteCount: Int { get }
    /// Where the code lies.
    var device: Device { get }

    /// The numbers of some rows, `[rows.count, columns]`, computed in float32 and rounded to `dtype`.
    func values(_ rows: Range<Int>, as dtype: DType) throws(TorchError) -> Tensor

    /// Some rows as they are coded; they share this matrix' memory.
    func rows(_ range: Range<Int>) throws(TorchError) -> Self

    /// The same code on another device.
    func moved(to device: Device) throws(TorchError) -> Self
}

extension CodedMatrix {
    /// All numbers, `[rows, columns]`.
    public func values(as dtype: DType) throws(TorchError) -> Tensor { try values(0..<shape[0], as: dtype) }
}
