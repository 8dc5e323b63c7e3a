public import Torch

extension Tensor {
    /// Packs 2 × 2 latents into a token: `[batch, channels, h, w]` to `[batch, h/2 · w/2, channels · 4]`.
    ///
    /// Source: UNO, sampling, `prepare_multi_ip`.
    public func packedLatents() throws(TorchError) -> Tensor {
        let (batch, channels, height, width) = (shape[0], shape[1], shape[2], shape[3])
        return try reshaped([batch, channels, height / 2, 2, width / 2, 2])
            .permuted([0, 2, 4, 1, 3, 5])
            .reshaped([batch, (height / 2) * (width / 2), channels * 4])
    }

    /// The inverse of `packedLatents`: `[batch, rows · columns, channels · 4]` to `[batch, channels, 2 · rows, 2 · columns]`.
    ///
    /// Source: UNO, sampling, `unpack`.
    public func unpackedLatents(rows: Int, columns: Int) throws(TorchError) -> Tensor {
        let batch = shape[0], channels = shape[2] / 4
        return try reshaped([batch, rows, columns, channels, 2, 2])
            .permuted([0, 3, 1, 4, 2, 5])
            .reshaped([batch, channels, 2 * rows, 2 * columns])
    }
}
