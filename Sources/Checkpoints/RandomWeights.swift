import Torch

/// Normally distributed weights of any shape, made as fast as memory is written.
///
/// Tensors up to a million values are drawn one by one. Larger ones are copied from one block of 16 million drawn values,
/// each going on where the last one ended and starting over at the block's end: good enough to measure speed at real
/// width, where drawing twelve billion values would take minutes, and no substitute for initialising a model to train.
final class RandomWeights {
    private static let blockCount = 1 << 24, drawnDirectly = 1 << 20, sharedCount = 1 << 27

    let dtype: DType
    /// Whether large tensors are views of one block: a model of any size then fits into memory, for building and
    /// running it once, but its speed is not that of separate weights.
    let sharesMemory: Bool
    private let seed: UInt64
    private let standardDeviation: Double
    private var generator: RandomGenerator?
    private var block, shared: Tensor?
    private var position = 0

    init(seed: UInt64, dtype: DType, standardDeviation: Double, sharesMemory: Bool = false) {
        self.sharesMemory = sharesMemory
        self.seed = seed
        self.dtype = dtype
        self.standardDeviation = standardDeviation
    }

    /// A new tensor of `shape` on the CPU.
    func tensor(_ shape: [Int]) throws -> Tensor {
        let count = shape.reduce(1, *)
        if count <= Self.drawnDirectly { return try draw(shape) }
        if sharesMemory, count <= Self.sharedCount { return try view(shape, count) }
        return try tiled(shape, count)
    }

    /// A part of the shared block; consecutive parts begin at different values.
    private func view(_ shape: [Int], _ count: Int) throws -> Tensor {
        let shared = try self.shared ?? tiled([Self.sharedCount], Self.sharedCount)
        self.shared = shared
        position = (position + 4099 * 64) % (Self.sharedCount - count + 1)
        return try shared.narrowed(dim: 0, start: position, count: count).reshaped(shape)
    }

    private func tiled(_ shape: [Int], _ count: Int) throws -> Tensor {
        let block = try self.block ?? draw([Self.blockCount])
        self.block = block
        var position = sharesMemory ? 0 : self.position
        defer { if !sharesMemory { self.position = position } }
        var pieces: [Tensor] = [], remaining = count
        while remaining > 0 {
            let length = min(remaining, Self.blockCount - position)
            pieces.append(try block.narrowed(dim: 0, start: position, count: length))
            position = (position + length) % Self.blockCount
            remaining -= length
        }
        return try Tensor.concatenated(pieces, dim: 0).reshaped(shape)
    }

    private func draw(_ shape: [Int]) throws -> Tensor {
        let generator = try self.generator ?? RandomGenerator(seed: seed)
        self.generator = generator
        return try (Tensor.normal(shape, using: generator) * standardDeviation).to(dtype)
    }
}
