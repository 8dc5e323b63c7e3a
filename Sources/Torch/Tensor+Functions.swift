internal import CTorch

// Functions applied to every element; the result has the same shape.

extension Tensor {
    /// e to the power of every element.
    public func exp() throws(TorchError) -> Tensor {
        try Tensor.operation("exp", self) { ct_exp(handle, $0) }
    }

    /// The natural logarithm of every element; NaN below zero.
    public func log() throws(TorchError) -> Tensor {
        try Tensor.operation("log", self) { ct_log(handle, $0) }
    }

    /// The square root of every element; NaN below zero.
    public func sqrt() throws(TorchError) -> Tensor {
        try Tensor.operation("sqrt", self) { ct_sqrt(handle, $0) }
    }

    /// One over the square root of every element.
    public func rsqrt() throws(TorchError) -> Tensor {
        try Tensor.operation("rsqrt", self) { ct_rsqrt(handle, $0) }
    }

    /// The sine of every element, in radians.
    public func sin() throws(TorchError) -> Tensor {
        try Tensor.operation("sin", self) { ct_sin(handle, $0) }
    }

    /// The cosine of every element, in radians.
    public func cos() throws(TorchError) -> Tensor {
        try Tensor.operation("cos", self) { ct_cos(handle, $0) }
    }

    /// The hyperbolic tangent of every element.
    public func tanh() throws(TorchError) -> Tensor {
        try Tensor.operation("tanh", self) { ct_tanh(handle, $0) }
    }

    /// `1 / (1 + exp(-x))` of every element.
    public func sigmoid() throws(TorchError) -> Tensor {
        try Tensor.operation("sigmoid", self) { ct_sigmoid(handle, $0) }
    }

    /// The error function of every element.
    public func erf() throws(TorchError) -> Tensor {
        try Tensor.operation("erf", self) { ct_erf(handle, $0) }
    }

    /// The magnitude of every element.
    public func abs() throws(TorchError) -> Tensor {
        try Tensor.operation("abs", self) { ct_abs(handle, $0) }
    }

    /// Every element times itself.
    public func square() throws(TorchError) -> Tensor {
        try Tensor.operation("square", self) { ct_square(handle, $0) }
    }

    /// Every element rounded down.
    public func floor() throws(TorchError) -> Tensor {
        try Tensor.operation("floor", self) { ct_floor(handle, $0) }
    }

    /// Every element rounded up.
    public func ceil() throws(TorchError) -> Tensor {
        try Tensor.operation("ceil", self) { ct_ceil(handle, $0) }
    }

    /// Every element rounded to the nearest whole number, halves to even.
    public func rounded() throws(TorchError) -> Tensor {
        try Tensor.operation("rounded", self) { ct_round(handle, $0) }
    }
}
