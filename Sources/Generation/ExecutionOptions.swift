/// Where and in which arithmetic a model runs.
public struct ExecutionOptions: Sendable, Equatable {
    /// Where the transformer runs.
    public enum DeviceChoice: Sendable, Equatable {
        /// A GPU when there is one, else the processor.
        case auto
        case cpu
        case cuda(Int)
    }

    /// Arithmetic of the transformer and the text encoders; the autoencoder always works in float32.
    public enum TypeChoice: String, Sendable, CaseIterable {
        /// bfloat16 where the device is fast in it, else float32.
        case auto
        case float32, bfloat16
    }

    public var device = DeviceChoice.auto
    public var type = TypeChoice.auto
    /// The form in which the weights stay in memory; nil leaves them as they are loaded, or to the plan where there is a limit.
    public var weights: WeightForm?
    /// Bytes that drawing may take in all: of main memory, or of the GPU's where one computes. Nil for no limit.
    public var memoryLimit: Int?
    /// Threads of the processor; nil takes all cores.
    public var threadCount: Int?
    /// Whether adapters are merged into the weights or applied beside them.
    public var mergesAdapters = true

    public init() {}
}

/// The form in which the weights of a network's large layers stay in memory. The arithmetic is another matter.
public enum WeightForm: String, Sendable, Codable, CaseIterable {
    /// Numbers of the arithmetic's type, or the code that a quantized file holds them in.
    case loaded
    /// As the file holds them: in its code, or in a type narrower than the arithmetic's. No number differs from `loaded`.
    case stored
    /// 8-bit floating-point numbers with a scale for each matrix.
    case float8
    /// Whole numbers of 8 bits with a scale for each row.
    case int8
}
