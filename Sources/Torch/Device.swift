/// Where a tensor's elements are and its operations run.
public enum Device: Sendable, Hashable, CustomStringConvertible {
    /// The processor and main memory.
    case cpu
    /// A CUDA device by its index; needs `TorchRuntime.loadCUDA(from:)` first.
    case cuda(Int)

    /// `cpu` or `cuda:0`, as PyTorch writes it.
    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        }
    }
}

extension Device {
    /// The number the C interface uses for this device. Indices no machine has stay wrong, and are refused there.
    package var number: Int32 {
        switch self {
        case .cpu: -1
        case .cuda(let index): index < 0 ? Int32.min : Int32(clamping: index)
        }
    }

    /// The device of a number of the C interface.
    package init(number: Int32) {
        self = number < 0 ? .cpu : .cuda(Int(number))
    }
}
