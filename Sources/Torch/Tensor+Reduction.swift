internal import CTorch

// Reductions. No dimensions named: over all of them. `keepDim` leaves reduced dimensions with size 1.

extension Tensor {
    /// The sum; whole numbers are added as int64.
    public func sum(_ dims: [Int] = [], keepDim: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.operation("sum", self, details: "dims \(dims)") { ct_sum(handle, dims.wide, dims.count, keepDim, $0) }
    }

    /// The mean of floating-point numbers.
    public func mean(_ dims: [Int] = [], keepDim: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.operation("mean", self, details: "dims \(dims)") { ct_mean(handle, dims.wide, dims.count, keepDim, $0) }
    }

    /// The largest element.
    public func amax(_ dims: [Int] = [], keepDim: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.operation("amax", self, details: "dims \(dims)") { ct_amax(handle, dims.wide, dims.count, keepDim, $0) }
    }

    /// The smallest element.
    public func amin(_ dims: [Int] = [], keepDim: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.operation("amin", self, details: "dims \(dims)") { ct_amin(handle, dims.wide, dims.count, keepDim, $0) }
    }

    /// The variance.
    /// - Parameter correction: 1 divides by n - 1, as PyTorch does unless told otherwise; 0 divides by n.
    public func variance(_ dims: [Int] = [], correction: Double = 1, keepDim: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.operation("variance", self, details: "dims \(dims)") {
            ct_variance(handle, dims.wide, dims.count, correction, keepDim, $0)
        }
    }

    /// The norm of the given order; 2 is the Euclidean length.
    public func norm(_ dims: [Int] = [], order: Double = 2, keepDim: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.operation("norm", self, details: "order \(order), dims \(dims)") {
            ct_norm(handle, order, dims.wide, dims.count, keepDim, $0)
        }
    }

    /// Where along `dim` the largest element is, int64.
    public func argmax(dim: Int, keepDim: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.operation("argmax", self, details: "dim \(dim)") { ct_argmax(handle, Int64(dim), keepDim, $0) }
    }

    /// Where among all elements, last dimension fastest, the largest is, int64.
    public func argmax() throws(TorchError) -> Tensor {
        try Tensor.operation("argmax", self) { ct_argmax_all(handle, $0) }
    }

    /// The sums of all elements up to each place of `dim`.
    public func cumulativeSum(dim: Int) throws(TorchError) -> Tensor {
        try Tensor.operation("cumulativeSum", self, details: "dim \(dim)") { ct_cumsum(handle, Int64(dim), $0) }
    }

    /// The `count` largest elements along `dim`, largest first, and where they are (int64).
    public func topK(_ count: Int, dim: Int = -1) throws(TorchError) -> (values: Tensor, indices: Tensor) {
        let pair = try Tensor.operations("topK", self, count: 2, details: "\(count), dim \(dim)") {
            ct_topk(handle, Int64(count), Int64(dim), $0, $0 + 1)
        }
        return (pair[0], pair[1])
    }

    /// The elements in order along `dim`, and where they were (int64). Equal elements keep their order.
    public func sorted(dim: Int = -1, descending: Bool = false) throws(TorchError) -> (values: Tensor, indices: Tensor) {
        let pair = try Tensor.operations("sorted", self, count: 2, details: "dim \(dim)") {
            ct_sort(handle, Int64(dim), descending, $0, $0 + 1)
        }
        return (pair[0], pair[1])
    }
}
