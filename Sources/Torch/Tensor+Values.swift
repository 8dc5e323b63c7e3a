internal import CTorch

extension Tensor {
    /// All elements, last dimension fastest, converted to `Element` where the tensor holds another type.
    public func values<Element: TensorElement>(as type: Element.Type) throws(TorchError) -> [Element] {
        let source = try to(Element.dtype).to(.cpu).contiguous()
        let count = source.count
        var status = Int32(CT_OK)
        let values = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            status = ct_read_bytes(source.handle, buffer.baseAddress, count * MemoryLayout<Element>.stride)
            initialized = Int(status) == CT_OK ? count : 0
        }
        try Tensor.check(status, "values", [self])
        return values
    }

    /// The only element of a tensor of count 1.
    public func item() throws(TorchError) -> Double {
        var value = 0.0
        try Tensor.check(ct_item(handle, &value), "item", [self])
        return value
    }

    /// The only element of a tensor of count 1, as a whole number.
    public func itemInt() throws(TorchError) -> Int {
        var value: Int64 = 0
        try Tensor.check(ct_item_int(handle, &value), "itemInt", [self])
        return Int(value)
    }

    /// The elements' bytes, contiguous; a copy is made only where the tensor is not contiguous or not on the processor.
    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        let source = try to(.cpu).contiguous()
        var base: UnsafeMutableRawPointer?
        try Tensor.check(ct_data(source.handle, &base), "withUnsafeBytes", [self])
        return try withExtendedLifetime(source) {
            try body(UnsafeRawBufferPointer(start: base, count: base == nil ? 0 : source.byteCount))
        }
    }

    /// The tensor with elements of another type; the tensor itself where it has that type already.
    public func to(_ dtype: DType) throws(TorchError) -> Tensor {
        if dtype == self.dtype { return self }
        return try Tensor.operation("to", self, details: dtype.rawValue) { ct_to_dtype(handle, dtype.number, $0) }
    }

    /// The same bytes read as another type; the last dimension grows or shrinks with the element's size.
    public func viewed(as dtype: DType) throws(TorchError) -> Tensor {
        try Tensor.operation("viewed", self, details: "as \(dtype.rawValue)") { ct_view_dtype(handle, dtype.number, $0) }
    }

    /// The tensor on another device; the tensor itself where it is there already.
    public func to(_ device: Device) throws(TorchError) -> Tensor {
        if device == self.device { return self }
        return try Tensor.operation("to", self, details: device.description) { ct_to_device(handle, device.number, $0) }
    }

    /// A copy that shares nothing with this tensor.
    public func cloned() throws(TorchError) -> Tensor {
        try Tensor.operation("cloned", self) { ct_clone(handle, $0) }
    }

    /// Writes the elements of `source`, converted and broadcast to this shape, into this tensor and all its views.
    public func copyInPlace(from source: Tensor) throws(TorchError) {
        try Tensor.check(ct_copy_in_place(handle, source.handle), "copyInPlace", [self, source])
    }
}
