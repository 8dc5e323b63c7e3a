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
    /// Threads of the processor; nil takes all cores.
    public var threadCount: Int?
    /// Whether adapters are merged into the weights or applied beside them.
    public var mergesAdapters = true

    public init() {}
}
