internal import CTorch

// Shapes broadcast and types promote as in PyTorch. A whole number leaves the type of an integer tensor alone, any other
// number makes it float32; the type of a floating-point tensor is never changed by a number.

extension Tensor {
    /// The sum at each place.
    public static func + (lhs: Tensor, rhs: Tensor) throws(TorchError) -> Tensor {
        try operation("+", lhs, rhs) { ct_add(lhs.handle, rhs.handle, $0) }
    }

    /// The difference at each place.
    public static func - (lhs: Tensor, rhs: Tensor) throws(TorchError) -> Tensor {
        try operation("-", lhs, rhs) { ct_sub(lhs.handle, rhs.handle, $0) }
    }

    /// The product at each place.
    public static func * (lhs: Tensor, rhs: Tensor) throws(TorchError) -> Tensor {
        try operation("*", lhs, rhs) { ct_mul(lhs.handle, rhs.handle, $0) }
    }

    /// The quotient at each place; whole numbers divide into float32.
    public static func / (lhs: Tensor, rhs: Tensor) throws(TorchError) -> Tensor {
        try operation("/", lhs, rhs) { ct_div(lhs.handle, rhs.handle, $0) }
    }

    /// Every element plus a number.
    public static func + (lhs: Tensor, rhs: Double) throws(TorchError) -> Tensor {
        try operation("+", lhs, details: "\(rhs)") { ct_add_scalar(lhs.handle, rhs, $0) }
    }

    /// A number plus every element.
    public static func + (lhs: Double, rhs: Tensor) throws(TorchError) -> Tensor { try rhs + lhs }

    /// Every element minus a number.
    public static func - (lhs: Tensor, rhs: Double) throws(TorchError) -> Tensor {
        try operation("-", lhs, details: "\(rhs)") { ct_sub_scalar(lhs.handle, rhs, $0) }
    }

    /// A number minus every element.
    public static func - (lhs: Double, rhs: Tensor) throws(TorchError) -> Tensor {
        try operation("-", rhs, details: "from \(lhs)") { ct_scalar_sub(lhs, rhs.handle, $0) }
    }

    /// Every element times a number.
    public static func * (lhs: Tensor, rhs: Double) throws(TorchError) -> Tensor {
        try operation("*", lhs, details: "\(rhs)") { ct_mul_scalar(lhs.handle, rhs, $0) }
    }

    /// A number times every element.
    public static func * (lhs: Double, rhs: Tensor) throws(TorchError) -> Tensor { try rhs * lhs }

    /// Every element divided by a number.
    public static func / (lhs: Tensor, rhs: Double) throws(TorchError) -> Tensor {
        try operation("/", lhs, details: "\(rhs)") { ct_div_scalar(lhs.handle, rhs, $0) }
    }

    /// A number divided by every element: the reciprocal times the number, as PyTorch computes it.
    public static func / (lhs: Double, rhs: Tensor) throws(TorchError) -> Tensor {
        try operation("/", rhs, details: "of \(lhs)") { ct_scalar_div(lhs, rhs.handle, $0) }
    }

    /// Every element with the other sign.
    public static prefix func - (x: Tensor) throws(TorchError) -> Tensor {
        try operation("-", x) { ct_neg(x.handle, $0) }
    }

    /// Every element to the power of `exponent`.
    public func pow(_ exponent: Double) throws(TorchError) -> Tensor {
        try Tensor.operation("pow", self, details: "\(exponent)") { ct_pow_scalar(handle, exponent, $0) }
    }

    /// Every element to the power of the element of `exponent` at its place.
    public func pow(_ exponent: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("pow", self, exponent) { ct_pow(handle, exponent.handle, $0) }
    }

    /// `number` to the power of every element.
    public static func pow(_ number: Double, _ exponent: Tensor) throws(TorchError) -> Tensor {
        try full([], number, dtype: exponent.dtype, device: exponent.device).pow(exponent)
    }

    /// The remainder of dividing by `divisor`, with the divisor's sign, as Python's `%`.
    public func remainder(_ divisor: Double) throws(TorchError) -> Tensor {
        try Tensor.operation("remainder", self, details: "\(divisor)") { ct_remainder_scalar(handle, divisor, $0) }
    }

    /// The larger element of both tensors at each place.
    public func maximum(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("maximum", self, other) { ct_maximum(handle, other.handle, $0) }
    }

    /// The smaller element of both tensors at each place.
    public func minimum(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.operation("minimum", self, other) { ct_minimum(handle, other.handle, $0) }
    }

    /// Every element, but not below `min` and not above `max`; nil leaves that side open.
    public func clamped(min: Double? = nil, max: Double? = nil) throws(TorchError) -> Tensor {
        try Tensor.operation("clamped", self, details: "to \(min ?? -.infinity)...\(max ?? .infinity)") {
            ct_clamp(handle, min ?? .nan, max ?? .nan, $0)
        }
    }

    /// The point between this tensor (`weight` 0) and `end` (`weight` 1).
    public func interpolated(to end: Tensor, weight: Double) throws(TorchError) -> Tensor {
        try Tensor.operation("interpolated", self, end, details: "\(weight)") { ct_lerp(handle, end.handle, weight, $0) }
    }

    /// Adds `factor · other` to this tensor and all its views.
    package func addInPlace(_ other: Tensor, factor: Double = 1) throws(TorchError) {
        try Tensor.check(ct_add_in_place(handle, other.handle, factor), "addInPlace", [self, other])
    }

    /// Multiplies this tensor and all its views.
    package func multiplyInPlace(_ other: Tensor) throws(TorchError) {
        try Tensor.check(ct_mul_in_place(handle, other.handle), "multiplyInPlace", [self, other])
    }

    /// Sets every element of this tensor and all its views.
    package func fillInPlace(_ value: Double) throws(TorchError) {
        try Tensor.check(ct_fill_in_place(handle, value), "fillInPlace", [self], "\(value)")
    }
}
