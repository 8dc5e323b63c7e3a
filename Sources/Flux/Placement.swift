public import Generation
public import Torch

/// Where a model runs and in which arithmetic, decided from the options and from what the machine has.
public struct Placement: Sendable, Equatable {
    public let device: Device
    public let dtype: DType

    /// Also sets the thread count, when the options give one.
    ///
    /// - Throws: `RequestError.unsupported` when the device asked for is not there.
    public init(_ options: ExecutionOptions) throws {
        if let count = options.threadCount { TorchRuntime.threadCount = count }
        switch options.device {
        case .auto: device = TorchRuntime.cudaDeviceCount > 0 ? .cuda(0) : .cpu
        case .cpu: device = .cpu
        case .cuda(let index):
            guard index < TorchRuntime.cudaDeviceCount else {
                throw RequestError.unsupported(
                    "There is no CUDA device \(index): \(TorchRuntime.cudaDeviceCount) found",
                    remedy: "Use --device cpu; 'atelier doctor' says what this machine has.")
            }
            device = .cuda(index)
        }
        switch options.type {
        case .float32: dtype = .float32
        case .bfloat16: dtype = .bfloat16
        case .auto: dtype = device == .cpu && !FusedKernels.areAvailable ? .float32 : .bfloat16
        }
    }
}
