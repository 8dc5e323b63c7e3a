internal import CTorch

extension Tensor {
    /// A tensor of zeros.
    public static func zeros(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) throws(TorchError) -> Tensor {
        try full(shape, 0, dtype: dtype, device: device)
    }

    /// A tensor of ones.
    public static func ones(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) throws(TorchError) -> Tensor {
        try full(shape, 1, dtype: dtype, device: device)
    }

    /// A tensor whose elements all are `value`.
    public static func full(
        _ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try operation("full", details: "\(dtype.rawValue) \(shape) on \(device)") {
            ct_full(shape.wide, shape.count, value, dtype.number, device.number, $0)
        }
    }

    /// A tensor whose elements are whatever the memory held; to be written before it is read.
    public static func empty(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) throws(TorchError) -> Tensor {
        try operation("empty", details: "\(dtype.rawValue) \(shape) on \(device)") {
            ct_empty(shape.wide, shape.count, dtype.number, device.number, $0)
        }
    }

    /// The numbers `0, 1, … count - 1`, shape `[count]`.
    public static func arange(_ count: Int, dtype: DType = .int64, device: Device = .cpu) throws(TorchError) -> Tensor {
        try arange(from: 0, to: Double(count), dtype: dtype, device: device)
    }

    /// The numbers `start, start + step, …` before `end`, rank 1.
    public static func arange(
        from start: Double, to end: Double, step: Double = 1, dtype: DType = .float32, device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try operation("arange", details: "from \(start) to \(end) by \(step)") {
            ct_arange(start, end, step, dtype.number, device.number, $0)
        }
    }

    /// `count` numbers evenly spaced from `start` to `end`, both included, shape `[count]`.
    public static func linspace(
        from start: Double, to end: Double, count: Int, dtype: DType = .float32, device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try operation("linspace", details: "\(count) numbers from \(start) to \(end)") {
            ct_linspace(start, end, Int64(count), dtype.number, device.number, $0)
        }
    }

    /// A copy of `values`, last dimension fastest; the product of `shape` must be their count.
    public convenience init<Element: TensorElement>(
        _ values: [Element], shape: [Int], device: Device = .cpu
    ) throws(TorchError) {
        let made = try Tensor.copying(values, shape: shape).to(device)
        var handle: OpaquePointer?
        try Tensor.check(ct_retain(made.handle, &handle), "tensor", [made])
        guard let handle else { preconditionFailure("a handle was not retained") }
        self.init(owning: handle)
    }

    /// A copy of `values`, shape `[values.count]`.
    public convenience init<Element: TensorElement>(_ values: [Element], device: Device = .cpu) throws(TorchError) {
        try self.init(values, shape: [values.count], device: device)
    }

    private static func copying<Element: TensorElement>(_ values: [Element], shape: [Int]) throws(TorchError) -> Tensor {
        let dtype = Element.dtype
        return try operation("tensor", details: "\(values.count) values as \(shape)") { out in
            values.withUnsafeBytes { ct_from_bytes($0.baseAddress, $0.count, shape.wide, shape.count, dtype.number, out) }
        }
    }

    /// A tensor over memory that another object owns: nothing is copied.
    ///
    /// - Parameters:
    ///   - base: the first element; the memory holds the product of `shape` elements, last dimension fastest, and must
    ///     not be written through the tensor if it is read-only.
    ///   - owner: kept alive until the last tensor over the memory is gone.
    public static func borrowing(
        _ base: UnsafeRawPointer, shape: [Int], dtype: DType, owner: AnyObject
    ) throws(TorchError) -> Tensor {
        try operation("borrowing", details: "\(dtype.rawValue) \(shape)") {
            ct_borrow(
                base, shape.wide, shape.count, dtype.number, Unmanaged.passRetained(owner).toOpaque(),
                { context in context.map { Unmanaged<AnyObject>.fromOpaque($0).release() } }, $0)
        }
    }
}
