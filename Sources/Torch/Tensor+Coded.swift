internal import CTorch

// Matrices in 8 bits. On the processor kernels make float32 and bfloat16 numbers in one pass.

extension Tensor {
    /// Numbers of int8 codes, `[rows, columns]`: code · scale of its row in float32, rounded to `dtype`.
    /// - Parameter rowScale: `[rows, 1]`, float32.
    public func eightBitValues(rowScale: Tensor, as dtype: DType) throws(TorchError) -> Tensor {
        try Tensor.operation("eightBitValues", self, rowScale, details: dtype.rawValue) {
            ct_int8_values(handle, rowScale.handle, dtype.number, $0)
        }
    }

    /// The int8 codes of this matrix `[rows, columns]`, and the scale of each row `[rows, 1]`, float32: its largest magnitude / 127.
    public func eightBitCodes() throws(TorchError) -> (codes: Tensor, rowScale: Tensor) {
        let parts = try Tensor.operations("eightBitCodes", self, count: 2) { ct_int8_codes(handle, $0, $0 + 1) }
        return (parts[0], parts[1])
    }

    /// Numbers of float8 codes `[rows, columns]`: code · scale in float32, rounded to `dtype`.
    public func float8Values(scale: Float, as dtype: DType) throws(TorchError) -> Tensor {
        try Tensor.operation("float8Values", self, details: "scale \(scale), \(dtype.rawValue)") {
            ct_float8_values(handle, Double(scale), dtype.number, $0)
        }
    }
}
