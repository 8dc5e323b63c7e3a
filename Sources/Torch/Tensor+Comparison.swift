internal import CTorch

// Comparisons and logic: bool tensors, shapes broadcast.

extension Tensor {
    /// Whether each element equals the one of `other` at its place.
    public func equal(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("equal", self, other) { ct_eq(handle, other.handle, $0) }
    }

    /// Whether each element equals `value`.
    public func equal(_ value: Double) throws(TorchError) -> Tensor {
        try Tensor.operation("equal", self, details: "\(value)") { ct_eq_scalar(handle, value, $0) }
    }

    /// Whether each element differs from the one of `other` at its place.
    public func notEqual(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("notEqual", self, other) { ct_ne(handle, other.handle, $0) }
    }

    /// Whether each element differs from `value`.
    public func notEqual(_ value: Double) throws(TorchError) -> Tensor {
        try Tensor.operation("notEqual", self, details: "\(value)") { ct_ne_scalar(handle, value, $0) }
    }

    /// Whether each element is less than the one of `other` at its place.
    public func less(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("less", self, other) { ct_lt(handle, other.handle, $0) }
    }

    /// Whether each element is less than `value`.
    public func less(_ value: Double) throws(TorchError) -> Tensor {
        try Tensor.operation("less", self, details: "\(value)") { ct_lt_scalar(handle, value, $0) }
    }

    /// Whether each element is at most the one of `other` at its place.
    public func lessOrEqual(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("lessOrEqual", self, other) { ct_le(handle, other.handle, $0) }
    }

    /// Whether each element is at most `value`.
    public func lessOrEqual(_ value: Double) throws(TorchError) -> Tensor {
        try Tensor.operation("lessOrEqual", self, details: "\(value)") { ct_le_scalar(handle, value, $0) }
    }

    /// Whether each element is greater than the one of `other` at its place.
    public func greater(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("greater", self, other) { ct_gt(handle, other.handle, $0) }
    }

    /// Whether each element is greater than `value`.
    public func greater(_ value: Double) throws(TorchError) -> Tensor {
        try Tensor.operation("greater", self, details: "\(value)") { ct_gt_scalar(handle, value, $0) }
    }

    /// Whether each element is at least the one of `other` at its place.
    public func greaterOrEqual(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("greaterOrEqual", self, other) { ct_ge(handle, other.handle, $0) }
    }

    /// Whether each element is at least `value`.
    public func greaterOrEqual(_ value: Double) throws(TorchError) -> Tensor {
        try Tensor.operation("greaterOrEqual", self, details: "\(value)") { ct_ge_scalar(handle, value, $0) }
    }

    /// Whether each element is neither infinite nor NaN.
    public func isFinite() throws(TorchError) -> Tensor {
        try Tensor.operation("isFinite", self) { ct_is_finite(handle, $0) }
    }

    /// Whether each element is zero or false.
    public func logicalNot() throws(TorchError) -> Tensor {
        try Tensor.operation("logicalNot", self) { ct_logical_not(handle, $0) }
    }

    /// Whether both elements are true.
    public func logicalAnd(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("logicalAnd", self, other) { ct_logical_and(handle, other.handle, $0) }
    }

    /// Whether either element is true.
    public func logicalOr(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("logicalOr", self, other) { ct_logical_or(handle, other.handle, $0) }
    }

    /// Whether all elements are true or not zero.
    public func allTrue() throws(TorchError) -> Bool {
        try Tensor.operation("allTrue", self) { ct_all(handle, $0) }.itemInt() != 0
    }

    /// Whether any element is true or not zero.
    public func anyTrue() throws(TorchError) -> Bool {
        try Tensor.operation("anyTrue", self) { ct_any(handle, $0) }.itemInt() != 0
    }
}
