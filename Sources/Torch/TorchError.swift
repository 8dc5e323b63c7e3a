internal import CTorch

/// What libtorch could not do.
public enum TorchError: Error, Sendable, Equatable, CustomStringConvertible {
    /// An operation refused its inputs.
    /// - `name`: the operation. `inputs`: their shapes, types and devices. `message`: libtorch's reason.
    case operation(name: String, inputs: String, message: String)
    /// The result, or what was needed to compute it, did not fit into the memory of the device.
    case outOfMemory(name: String, inputs: String, message: String)
    /// The CUDA libraries could not be loaded from a directory.
    case cudaUnavailable(directory: String, message: String)
    /// The library over which GPUs exchange tensors could not be loaded.
    case ncclUnavailable(message: String)

    /// What failed on which inputs, why, and what to do.
    public var description: String {
        switch self {
        case .operation(let name, let inputs, let message):
            "\(name)(\(inputs)) failed: \(message)"
        case .outOfMemory(let name, let inputs, let message):
            "\(name)(\(inputs)) ran out of memory: \(message). Use a smaller picture, fewer references or a smaller type of numbers."
        case .cudaUnavailable(let directory, let message):
            "CUDA could not be loaded from '\(directory)': \(message). "
                + "Give the lib directory of a PyTorch \(TorchRuntime.version) with CUDA, or run on the processor."
        case .ncclUnavailable(let message):
            "NCCL, over which processes with GPUs exchange gradients, could not be loaded: \(message). "
                + "Install NCCL 2 (libnccl2, or the wheel nvidia-nccl beside PyTorch's), or train in one process."
        }
    }
}

extension TorchError {
    /// The error of the C interface's last call on this thread.
    static func last(status: Int32, name: String, inputs: String) -> TorchError {
        let message = nativeMessage()
        return Int(status) == CT_OUT_OF_MEMORY
            ? .outOfMemory(name: name, inputs: inputs, message: message)
            : .operation(name: name, inputs: inputs, message: message)
    }

    /// libtorch's text without its long tails: at most three lines, no full stop at the end.
    static func nativeMessage() -> String {
        let lines = String(cString: ct_last_error()).split(whereSeparator: \.isNewline).prefix { !$0.hasPrefix("Exception raised from") }
        var text = lines.prefix(3).joined(separator: " ")
        while let last = text.last, last == "." || last == " " { text.removeLast() }
        return text
    }
}
