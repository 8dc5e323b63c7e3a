import Torch

/// Bands of rows that are coded, or made numbers of, at once.
enum RowRanges {
    /// `rows` cut into bands of about as many numbers as a processor's cache holds with all that lies between, or as occupy a GPU.
    ///
    /// 1 MiB of float32 is also what `reusingMemory` keeps; the C library would give smaller blocks back to the system each time.
    static func bands(_ rows: Range<Int>, columns: Int, device: Device) -> [Range<Int>] {
        let columns = max(columns, 1), count = ((device == .cpu ? 1 << 18 : 1 << 23) + columns - 1) / columns
        return stride(from: rows.lowerBound, to: rows.upperBound, by: count).map { $0..<min($0 + count, rows.upperBound) }
    }

    /// The numbers of some rows, `[rows.count, columns]`, made band by band.
    ///
    /// - Parameter numbers: those of a band, float32.
    static func numbers(
        _ rows: Range<Int>, columns: Int, as dtype: DType, device: Device, _ numbers: (Range<Int>) throws(TorchError) -> Tensor
    ) throws(TorchError) -> Tensor {
        let bands = bands(rows, columns: columns, device: device)
        if bands.count == 1 { return try numbers(rows).to(dtype) }
        let result = try Tensor.empty([rows.count, columns], dtype: dtype, device: device)
        for band in bands {
            try result.rows(band.lowerBound - rows.lowerBound..<band.upperBound - rows.lowerBound).copyInPlace(from: numbers(band))
        }
        return result
    }
}

extension Tensor {
    /// A view of some rows.
    func rows(_ range: Range<Int>) throws(TorchError) -> Tensor { try narrowed(dim: 0, start: range.lowerBound, count: range.count) }
}
