import Torch

/// How a picture of tokens divides into square windows, with rows and columns of zeros added at the bottom and at the right.
struct TokenWindows {
    let rows, columns, window: Int

    private var paddedRows: Int { (rows + window - 1) / window * window }
    private var paddedColumns: Int { (columns + window - 1) / window * window }

    /// - Parameter x: `[batch, rows, columns, width]`.
    /// - Returns: `[batch · windows, window², width]`, of the picture moved up and left by `shift`, around its edges.
    func split(_ x: Tensor, shift: Int) throws(TorchError) -> Tensor {
        let (batch, width) = (x.shape[0], x.shape[3])
        var x = x
        if paddedRows > rows || paddedColumns > columns {
            x = try x.padded([0, 0, 0, paddedColumns - columns, 0, paddedRows - rows])
        }
        if shift > 0 { x = try x.rolled(by: shift, dim: 1).rolled(by: shift, dim: 2) }
        return try x.reshaped([batch, paddedRows / window, window, paddedColumns / window, window, width])
            .permuted([0, 1, 3, 2, 4, 5]).reshaped([-1, window * window, width])
    }

    /// The reverse of `split`: `[batch, rows, columns, width]`, without the padding.
    func joined(_ parts: Tensor, batch: Int, shift: Int) throws(TorchError) -> Tensor {
        let width = parts.shape[2]
        var x = try parts.reshaped([batch, paddedRows / window, paddedColumns / window, window, window, width])
            .permuted([0, 1, 3, 2, 4, 5]).reshaped([batch, paddedRows, paddedColumns, width])
        if shift > 0 { x = try x.rolled(by: paddedRows - shift, dim: 1).rolled(by: paddedColumns - shift, dim: 2) }
        return try x.narrowed(dim: 1, start: 0, count: rows).narrowed(dim: 2, start: 0, count: columns)
    }

    /// -100 between tokens that meet in a shifted window only because the picture was moved around its edges, 0 elsewhere:
    /// `[windows, 1, window², window²]`.
    func shiftMask(device: Device) throws(TorchError) -> Tensor {
        let shift = window / 2
        func regions(_ length: Int) throws(TorchError) -> Tensor {
            try Tensor((0..<length).map { $0 < length - window ? 0 : $0 < length - shift ? 1 : 2 } as [Float], device: device)
        }
        let region = try 3 * regions(paddedRows).unsqueezed(1) + regions(paddedColumns)
        let parts = try region.reshaped([paddedRows / window, window, paddedColumns / window, window])
            .permuted([0, 2, 1, 3]).reshaped([-1, window * window])
        let differs = try parts.unsqueezed(1).notEqual(parts.unsqueezed(2))
        return try -100 * differs.to(.float32).unsqueezed(1)
    }
}

extension Tensor {
    /// The tensor moved towards the beginning of `dim`; what falls off comes back at the end.
    fileprivate func rolled(by places: Int, dim: Int) throws(TorchError) -> Tensor {
        let count = shape[dim]
        guard places % count != 0 else { return self }
        return try .concatenated(
            [narrowed(dim: dim, start: places, count: count - places), narrowed(dim: dim, start: 0, count: places)], dim: dim)
    }
}
