internal import CTorch

/// A stream of random numbers: the one `torch.Generator(device).manual_seed(seed)` gives, bit for bit.
///
/// The stream depends on the type drawn: 16 numbers in bfloat16 are not 16 numbers in float32 rounded.
public final class RandomGenerator {
    package let handle: OpaquePointer
    /// Where the numbers are drawn.
    public let device: Device

    /// A stream that starts at `seed`.
    /// - Throws: `TorchError.operation` where `device` is absent.
    public init(seed: UInt64, device: Device = .cpu) throws(TorchError) {
        var handle: OpaquePointer?
        let status = ct_generator_new(seed, device.number, &handle)
        try Tensor.check(status, "RandomGenerator", [], "seed \(seed) on \(device)")
        guard let handle else { preconditionFailure("a generator was not made") }
        self.handle = handle
        self.device = device
    }

    deinit {
        ct_generator_free(handle)
    }

    /// Starts the stream of another seed.
    public func reseed(_ seed: UInt64) throws(TorchError) {
        try Tensor.check(ct_generator_seed(handle, seed), "reseed", [], "\(seed)")
    }

    /// Where the stream stands, uint8 of rank 1: PyTorch's `get_state`.
    public func state() throws(TorchError) -> Tensor {
        try Tensor.operation("state") { ct_generator_state(handle, $0) }
    }

    /// Goes to where a stream stood: PyTorch's `set_state`.
    public func restore(_ state: Tensor) throws(TorchError) {
        try Tensor.check(ct_generator_set_state(handle, state.handle), "restore", [state])
    }
}

@available(*, unavailable, message: "a generator belongs to one thread; send its seed")
extension RandomGenerator: Sendable {}

extension Tensor {
    /// Numbers of the normal distribution, mean 0 and deviation 1, on the generator's device: `torch.randn`.
    public static func normal(
        _ shape: [Int], using generator: RandomGenerator, dtype: DType = .float32
    ) throws(TorchError) -> Tensor {
        try operation("normal", details: "\(dtype.rawValue) \(shape)") {
            ct_randn(shape.wide, shape.count, generator.handle, dtype.number, $0)
        }
    }

    /// Numbers evenly distributed in `0..<1`, on the generator's device: `torch.rand`.
    public static func uniform(
        _ shape: [Int], using generator: RandomGenerator, dtype: DType = .float32
    ) throws(TorchError) -> Tensor {
        try operation("uniform", details: "\(dtype.rawValue) \(shape)") {
            ct_rand(shape.wide, shape.count, generator.handle, dtype.number, $0)
        }
    }

    /// Whole numbers in `range`, int64: `torch.randint`.
    public static func randomIntegers(
        in range: Range<Int>, _ shape: [Int], using generator: RandomGenerator
    ) throws(TorchError) -> Tensor {
        try operation("randomIntegers", details: "\(range) \(shape)") {
            ct_randint(Int64(range.lowerBound), Int64(range.upperBound), shape.wide, shape.count, generator.handle, $0)
        }
    }

    /// The numbers `0..<count` in random order, int64: `torch.randperm`.
    public static func randomPermutation(_ count: Int, using generator: RandomGenerator) throws(TorchError) -> Tensor {
        try operation("randomPermutation", details: "\(count)") { ct_randperm(Int64(count), generator.handle, $0) }
    }

    /// Draws indices by weight: `torch.multinomial`.
    ///
    /// The tensor holds weights, `[choices]` or `[rows, choices]`; the result is int64, `[count]` or `[rows, count]`.
    public func multinomial(
        _ count: Int, replacement: Bool = false, using generator: RandomGenerator
    ) throws(TorchError) -> Tensor {
        try Tensor.operation("multinomial", self, details: "\(count) draws") {
            ct_multinomial(handle, Int64(count), replacement, generator.handle, $0)
        }
    }
}
