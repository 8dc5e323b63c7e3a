public import Generation
public import Torch

/// Where a model runs and in which arithmetic, decided from the options and from what the machine has.
public struct Placement: Sendable, Equatable {
    public let device: Device
    /// Type of the arithmetic.
    public let dtype: DType
    /// The form in which the weights of the transformer's and T5's blocks stay.
    public var weights: WeightForm
    /// What is to be in memory when; nil for everything at once.
    public var plan: MemoryPlan?

    /// A placement that was decided elsewhere.
    public init(device: Device, dtype: DType, weights: WeightForm = .loaded) {
        self.device = device
        self.dtype = dtype
        self.weights = weights
    }

    /// Also sets the thread count, when the options give one.
    ///
    /// - Throws: `RequestError.unsupported` when the device asked for is not there.
    public init(_ options: ExecutionOptions) throws {
        if let count = options.threadCount { TorchRuntime.threadCount = count }
        weights = options.weights ?? .loaded
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

    /// The placement as options, with nothing left to `auto`.
    public var execution: ExecutionOptions {
        var options = ExecutionOptions()
        options.device = if case .cuda(let index) = device { .cuda(index) } else { .cpu }
        options.type = dtype == .float32 ? .float32 : .bfloat16
        options.weights = weights
        return options
    }

    /// The same inside a memory limit.
    public func following(_ plan: MemoryPlan) -> Placement {
        var placement = self
        placement.weights = plan.transformer
        placement.plan = plan
        return placement
    }

    /// The device on which noise is drawn.
    ///
    /// - Throws: `RequestError.unsupported` for `cuda` where no GPU is.
    public func device(for noise: NoiseDevice) throws(RequestError) -> Device {
        switch (noise, device) {
        case (.auto, _), (.cuda, .cuda): return device
        case (.cpu, _): return .cpu
        case (.cuda, .cpu):
            guard TorchRuntime.cudaDeviceCount > 0 else {
                throw .unsupported(
                    "Noise cannot be drawn on CUDA: this machine has no CUDA device that can be used",
                    remedy: "Use --noise-device cpu; the picture will not be the one that a GPU's noise gives.")
            }
            return .cuda(0)
        }
    }
}
