internal import CTorch

/// An array of numbers in libtorch's hands, on the processor or on a GPU.
///
/// A tensor is a handle: views share their elements with the tensor they were taken from. It belongs to the thread that
/// made it, so it is not `Sendable`; values leave through `values(as:)`.
///
/// Every operation throws `TorchError`, with the operation's name and the shapes and types of its inputs.
public final class Tensor {
    /// The C interface's handle, owned by this object.
    package let handle: OpaquePointer

    /// Takes over a handle.
    package init(owning handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        ct_free(handle)
    }
}

@available(*, unavailable, message: "a tensor belongs to one thread; let its values travel")
extension Tensor: Sendable {}

// MARK: properties

extension Tensor {
    /// The size of every dimension; empty for a single number.
    public var shape: [Int] {
        let rank = rank
        let sizes = [Int64](unsafeUninitializedCapacity: rank) { buffer, count in
            count = ct_shape(handle, buffer.baseAddress) == CT_OK ? rank : 0
        }
        return sizes.map(Int.init)
    }

    /// How many dimensions the tensor has.
    public var rank: Int {
        var rank: Int64 = 0
        _ = ct_rank(handle, &rank)
        return Int(rank)
    }

    /// How many elements the tensor has.
    public var count: Int {
        var count: Int64 = 0
        _ = ct_count(handle, &count)
        return Int(count)
    }

    /// The type of the elements.
    public var dtype: DType {
        var number: Int32 = 0
        let status = ct_dtype(handle, &number)
        guard Int(status) == CT_OK, let dtype = DType(number: number) else {
            preconditionFailure("an operation made a tensor of an element type Atelier does not use: \(TorchError.nativeMessage())")
        }
        return dtype
    }

    /// Where the elements are.
    public var device: Device {
        var number: Int32 = 0
        _ = ct_device(handle, &number)
        return Device(number: number)
    }

    /// Whether the elements lie in memory one after another, last dimension fastest.
    public var isContiguous: Bool {
        var result = false
        _ = ct_is_contiguous(handle, &result)
        return result
    }

    /// Bytes the elements take when contiguous.
    public var byteCount: Int { count * dtype.byteCount }

    /// `float32 [2, 3]`, with the device where it is not the processor.
    package var summary: String {
        "\(dtype.rawValue) \(shape)" + (device == .cpu ? "" : " on \(device)")
    }
}

extension Tensor: CustomStringConvertible {
    /// The tensor's type, shape and device; not its elements.
    public var description: String { "Tensor(\(summary))" }
}

// MARK: calling the C interface

extension Tensor {
    /// Calls a C function that makes one tensor and turns its failure into an error that names the inputs.
    package static func operation(
        _ name: String, _ inputs: Tensor?..., details: @autoclosure () -> String = "",
        _ body: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
    ) throws(TorchError) -> Tensor {
        var result: OpaquePointer?
        try check(body(&result), name, inputs, details())
        return Tensor(owning: made(result, by: name))
    }

    /// Calls a C function that makes several tensors.
    package static func operations(
        _ name: String, _ inputs: Tensor?..., count: Int, details: @autoclosure () -> String = "",
        _ body: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
    ) throws(TorchError) -> [Tensor] {
        var results = [OpaquePointer?](repeating: nil, count: max(count, 1))
        try check(body(&results), name, inputs, details())
        return results.prefix(count).map { Tensor(owning: made($0, by: name)) }
    }

    /// Throws the calling thread's last error where `status` says there is one.
    package static func check(
        _ status: Int32, _ name: String, _ inputs: [Tensor?], _ details: @autoclosure () -> String = ""
    ) throws(TorchError) {
        guard status != Int32(CT_OK) else { return }
        let text = inputs.compactMap { $0?.summary } + [details()].filter { !$0.isEmpty }
        throw TorchError.last(status: status, name: name, inputs: text.joined(separator: ", "))
    }

    private static func made(_ handle: OpaquePointer?, by name: String) -> OpaquePointer {
        guard let handle else { preconditionFailure("\(name) reported success without a result") }
        return handle
    }
}

extension Array where Element == Int {
    /// The numbers as the C interface takes them.
    package var wide: [Int64] { map(Int64.init) }
}
