internal import CTorch

extension Tensor {
    /// The places of `dim` that `indices` (int32 or int64, rank 1) name, in their order.
    public func indexSelected(dim: Int, _ indices: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("indexSelected", self, indices, details: "dim \(dim)") {
            ct_index_select(handle, Int64(dim), indices.handle, $0)
        }
    }

    /// One element for each of `indices` (int64, same rank): its place, with the index in place of `dim`.
    public func gathered(dim: Int, _ indices: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("gathered", self, indices, details: "dim \(dim)") {
            ct_gather(handle, Int64(dim), indices.handle, $0)
        }
    }

    /// The tensor with `value` where `mask` (bool, broadcast) is true.
    public func maskedFill(_ mask: Tensor, _ value: Double) throws(TorchError) -> Tensor {
        try Tensor.operation("maskedFill", self, mask) { ct_masked_fill(handle, mask.handle, value, $0) }
    }

    /// The elements of `a` where `condition` (bool) is true, of `b` elsewhere; all three broadcast.
    public static func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor) throws(TorchError) -> Tensor {
        try operation("where", condition, a, b) { ct_where(condition.handle, a.handle, b.handle, $0) }
    }

    /// The last two dimensions with zeros above the given diagonal (0: the main one).
    public func lowerTriangle(diagonal: Int = 0) throws(TorchError) -> Tensor {
        try Tensor.operation("lowerTriangle", self, details: "diagonal \(diagonal)") { ct_tril(handle, Int64(diagonal), $0) }
    }

    /// The last two dimensions with zeros below the given diagonal (0: the main one).
    public func upperTriangle(diagonal: Int = 0) throws(TorchError) -> Tensor {
        try Tensor.operation("upperTriangle", self, details: "diagonal \(diagonal)") { ct_triu(handle, Int64(diagonal), $0) }
    }
}
