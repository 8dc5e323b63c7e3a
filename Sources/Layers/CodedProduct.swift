import Checkpoints
import Torch

/// Products with a weight that is kept in fewer bits: numbers are made of a band of its rows at a time, so that the whole never stands in memory.
///
/// Each band's product is written into its columns of the output. Bands are whole panels of 64 rows of the bfloat16 kernel, with which the
/// result is that of the whole weight bit for bit; with libtorch's products it may differ in the last bit.
struct CodedProduct {
    let matrix: any CodedMatrix
    /// Of the numbers that are made.
    let dtype: DType
    /// Outputs to compute.
    let rows: Range<Int>

    /// Bytes of the numbers of one band: small enough to stay in the last-level cache until they are multiplied, and large enough for the product
    /// to go at full speed. Measured with 1024 tokens, int8 and width 3072: 3 % more processor time than the whole weight; with 4 MiB 13 %, with 64 MiB 18 %.
    private static let bandByteCount = 8 << 20
    /// Rows that the bfloat16 kernel takes together on one thread.
    private static let panelRows = 64

    /// Rows of a band. On a GPU a matrix is small beside the memory, and every band would cost launches of its own.
    private var bandHeight: Int {
        guard matrix.device == .cpu else { return rows.count }
        let panels = max(Self.bandByteCount / (dtype.byteCount * max(matrix.shape[1], 1) * Self.panelRows), TorchRuntime.threadCount)
        return panels * Self.panelRows
    }

    /// `activation(x · weightᵀ + bias)`.
    ///
    /// - Parameters:
    ///   - x: `[..., inputs]`.
    ///   - bias: of all outputs, `[outputs]`.
    ///   - into: where to write the result, `[..., rows]`; nil makes a new tensor.
    func callAsFunction(_ x: Tensor, bias: Tensor?, activation: Tensor.Activation, into: Tensor?) throws(TorchError) -> Tensor {
        let height = bandHeight
        guard height < rows.count else { return try product(x, rows, bias, activation, into) }
        let output = if let into { into } else { try Tensor.empty(x.shape.dropLast() + [rows.count], dtype: x.dtype, device: x.device) }
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: height) {
            let band = start..<min(start + height, rows.upperBound)
            let place = try output.narrowed(dim: -1, start: start - rows.lowerBound, count: band.count)
            _ = try product(x, band, bias, activation, place)
        }
        return output
    }

    private func product(
        _ x: Tensor, _ band: Range<Int>, _ bias: Tensor?, _ activation: Tensor.Activation, _ into: Tensor?
    ) throws(TorchError) -> Tensor {
        let part = try bias?.narrowed(dim: 0, start: band.lowerBound, count: band.count)
        return try x.linear(weight: matrix.values(band, as: dtype), bias: part, activation: activation, into: into)
    }
}
