internal import CTorch

// Dimensions may be negative: they count from the end. Views share their elements with the tensor they come from.

extension Tensor {
    /// The same elements in another shape; one size may be -1, it follows from the others. A view where possible.
    public func reshaped(_ shape: [Int]) throws(TorchError) -> Tensor {
        try Tensor.operation("reshaped", self, details: "to \(shape)") { ct_reshape(handle, shape.wide, shape.count, $0) }
    }

    /// A view with two dimensions exchanged.
    public func transposed(_ a: Int, _ b: Int) throws(TorchError) -> Tensor {
        try Tensor.operation("transposed", self, details: "dims \(a), \(b)") { ct_transpose(handle, Int64(a), Int64(b), $0) }
    }

    /// A view whose dimension `i` is dimension `dims[i]` of this tensor.
    public func permuted(_ dims: [Int]) throws(TorchError) -> Tensor {
        try Tensor.operation("permuted", self, details: "dims \(dims)") { ct_permute(handle, dims.wide, dims.count, $0) }
    }

    /// A view with a dimension of size 1 inserted at `dim`.
    public func unsqueezed(_ dim: Int) throws(TorchError) -> Tensor {
        try Tensor.operation("unsqueezed", self, details: "dim \(dim)") { ct_unsqueeze(handle, Int64(dim), $0) }
    }

    /// A view without dimension `dim` if its size is 1; otherwise a view of the same shape.
    public func squeezed(_ dim: Int) throws(TorchError) -> Tensor {
        try Tensor.operation("squeezed", self, details: "dim \(dim)") { ct_squeeze(handle, Int64(dim), $0) }
    }

    /// A view in which dimensions of size 1 repeat to the sizes of `shape`; -1 keeps a size.
    public func expanded(_ shape: [Int]) throws(TorchError) -> Tensor {
        try Tensor.operation("expanded", self, details: "to \(shape)") { ct_expand(handle, shape.wide, shape.count, $0) }
    }

    /// The tensor with elements one after another; itself if they are already.
    public func contiguous() throws(TorchError) -> Tensor {
        if isContiguous { return self }
        return try Tensor.operation("contiguous", self) { ct_contiguous(handle, $0) }
    }

    /// A picture `[batch, channels, height, width]` with the channels of a pixel side by side in memory, which convolutions in
    /// training prefer; shape and values stay. Operations on pictures keep the layout.
    public func channelsLast() throws(TorchError) -> Tensor {
        try Tensor.operation("channelsLast", self) { ct_channels_last(handle, $0) }
    }

    /// Dimensions `first` to `last`, both included, joined into one.
    public func flattened(from first: Int = 0, to last: Int = -1) throws(TorchError) -> Tensor {
        try Tensor.operation("flattened", self, details: "dims \(first) to \(last)") {
            ct_flatten(handle, Int64(first), Int64(last), $0)
        }
    }

    /// Views of `parts` pieces along `dim`, equal in size except perhaps the last. An error if fewer pieces come out.
    public func chunked(_ parts: Int, dim: Int) throws(TorchError) -> [Tensor] {
        let largest = max(1, shape.max() ?? 1)
        guard 1...largest ~= parts else {
            throw .operation(name: "chunked", inputs: summary, message: "\(parts) parts were asked for, at most \(largest) are possible")
        }
        return try Tensor.operations("chunked", self, count: parts, details: "\(parts) parts, dim \(dim)") {
            ct_chunk(handle, Int64(parts), Int64(dim), $0)
        }
    }

    /// Views of pieces with the given sizes along `dim`; the sizes add up to the dimension.
    public func split(_ sizes: [Int], dim: Int) throws(TorchError) -> [Tensor] {
        try Tensor.operations("split", self, count: sizes.count, details: "sizes \(sizes), dim \(dim)") {
            ct_split(handle, sizes.wide, sizes.count, Int64(dim), $0)
        }
    }

    /// A view of `count` places along `dim`, from `start` on.
    public func narrowed(dim: Int, start: Int, count: Int) throws(TorchError) -> Tensor {
        try Tensor.operation("narrowed", self, details: "dim \(dim), \(count) from \(start)") {
            ct_narrow(handle, Int64(dim), Int64(start), Int64(count), $0)
        }
    }

    /// A view of every `step`-th place along `dim`, from `start` up to but not including `end`, clipped to the dimension.
    public func sliced(dim: Int, from start: Int = 0, to end: Int = .max, step: Int = 1) throws(TorchError) -> Tensor {
        try Tensor.operation("sliced", self, details: "dim \(dim), \(start) to \(end) by \(step)") {
            ct_slice(handle, Int64(dim), Int64(start), Int64(end), Int64(step), $0)
        }
    }

    /// A view of one place along `dim`; that dimension is gone.
    public func select(dim: Int, index: Int) throws(TorchError) -> Tensor {
        try Tensor.operation("select", self, details: "dim \(dim), index \(index)") {
            ct_select(handle, Int64(dim), Int64(index), $0)
        }
    }

    /// The tensors one after another along `dim`; their other dimensions are equal.
    public static func concatenated(_ tensors: [Tensor], dim: Int) throws(TorchError) -> Tensor {
        try operation("concatenated", details: "\(tensors.map(\.summary).joined(separator: ", ")), dim \(dim)") {
            ct_concatenate(tensors.map(\.handle), tensors.count, Int64(dim), $0)
        }
    }

    /// Tensors of equal shape along a new dimension `dim`.
    public static func stacked(_ tensors: [Tensor], dim: Int = 0) throws(TorchError) -> Tensor {
        try operation("stacked", details: "\(tensors.map(\.summary).joined(separator: ", ")), dim \(dim)") {
            ct_stack(tensors.map(\.handle), tensors.count, Int64(dim), $0)
        }
    }

    /// The tensor with `value` around it.
    /// - Parameter amounts: pairs (before, after), last dimension first, as PyTorch's `pad`; negative numbers cut off.
    public func padded(_ amounts: [Int], value: Double = 0) throws(TorchError) -> Tensor {
        try Tensor.operation("padded", self, details: "by \(amounts)") { ct_pad(handle, amounts.wide, amounts.count, value, $0) }
    }

    /// A copy with the order of the elements reversed along each of `dims`.
    public func flipped(_ dims: [Int]) throws(TorchError) -> Tensor {
        try Tensor.operation("flipped", self, details: "dims \(dims)") { ct_flip(handle, dims.wide, dims.count, $0) }
    }

    /// A copy laid side by side `times[i]` times along dimension `i`.
    public func repeated(_ times: [Int]) throws(TorchError) -> Tensor {
        try Tensor.operation("repeated", self, details: "\(times) times") { ct_repeat(handle, times.wide, times.count, $0) }
    }

    /// A copy in which every place along `dim` follows itself `times` times.
    public func repeatedEach(_ times: Int, dim: Int) throws(TorchError) -> Tensor {
        try Tensor.operation("repeatedEach", self, details: "\(times) times, dim \(dim)") {
            ct_repeat_interleave(handle, Int64(times), Int64(dim), $0)
        }
    }
}
