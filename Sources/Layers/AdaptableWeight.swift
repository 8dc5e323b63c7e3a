public import Checkpoints
public import Torch

/// How an adapter acts on a weight.
public enum AdapterAttachment: String, Sendable, CaseIterable {
    /// Added into a copy of the weight: no cost per step; the base weight stays untouched beside it.
    case merged
    /// Applied on the side at every call: for training, and for changing its strength quickly.
    case beside
}

/// A linear layer's weight `[outputs, inputs]` and the low-rank adapters on it.
///
/// Only `absorbAdapters` writes to the base weight, so taking the adapters off restores it bit for bit.
public final class AdaptableWeight {
    private enum Base {
        case whole(Tensor)
        /// Fewer bits, and the type of the numbers that are made of them.
        case coded(any CodedMatrix, DType)
    }

    private var stored: Base
    /// `[outputs, inputs]`.
    public let shape: [Int]
    /// Adapters in the order in which they were attached.
    public private(set) var adapters: [LowRankAdapter] = []
    private var merged: Tensor?
    private var attachment = AdapterAttachment.merged

    public init(_ base: Tensor) {
        stored = .whole(base)
        shape = base.shape
    }

    /// A weight as a scope hands it out.
    public convenience init(_ weight: LayerWeight) {
        switch weight {
        case .numbers(let tensor): self.init(tensor)
        case .coded(let matrix, let dtype): self.init(matrix, dtype: dtype)
        }
    }

    /// A weight that stays in fewer bits; numbers of `dtype` are made of it at every use.
    public init(_ base: any CodedMatrix, dtype: DType) {
        stored = .coded(base, dtype)
        shape = base.shape
    }

    /// The code that the weight is kept in, and the type of the numbers that are made of it; nil where it is kept as numbers.
    package var coded: (matrix: any CodedMatrix, dtype: DType)? {
        if case .coded(let matrix, let dtype) = stored { (matrix, dtype) } else { nil }
    }

    /// The weight as loaded; rounded where it is stored in fewer bits.
    public func base() throws(TorchError) -> Tensor {
        switch stored {
        case .whole(let tensor): tensor
        case .coded(let matrix, let dtype): try matrix.values(as: dtype)
        }
    }

    /// The weight that the matrix product uses: with the adapters in it when they are merged.
    public func value() throws(TorchError) -> Tensor {
        if let merged { return merged }
        return try base()
    }

    /// Stores the weight in 8 bits from now on; where gradients are recorded every use makes a whole matrix of it for as long as it lasts.
    ///
    /// For frozen weights under adapters: half the memory of bfloat16. Merged adapters are taken beside the weight.
    /// - Parameter device: where it is stored; the whole weight may be elsewhere and then crosses alone.
    public func storeInEightBits(on device: Device = .cpu) throws(TorchError) {
        guard case .whole(let tensor) = stored else { return }
        stored = .coded(try EightBitMatrix(tensor.to(device)), tensor.dtype)
        try attach(adapters, as: attachment)
    }

    /// Replaces the adapters on this weight; an empty list restores the base.
    ///
    /// Merged, each change is computed in float32, rounded to the weight's dtype and added in that dtype, one adapter after
    /// another, as peft fuses them. Over a code adapters stay beside the weight whatever is asked for: most of a change is finer than
    /// the steps of few bits, and a whole matrix would take back the memory.
    public func attach(_ adapters: [LowRankAdapter], as attachment: AdapterAttachment) throws(TorchError) {
        self.adapters = adapters
        self.attachment = attachment
        merged = nil
        guard case .whole(let base) = stored else {
            self.attachment = .beside
            return
        }
        guard attachment == .merged, !adapters.isEmpty else { return }
        let sum = try base.cloned()
        for adapter in adapters {
            let rows = adapter.rows ?? 0..<shape[0]
            try sum.narrowed(dim: 0, start: rows.lowerBound, count: rows.count).addInPlace(adapter.delta().to(base.dtype))
        }
        merged = sum
        // From now on only taking the adapters off needs the base.
        base.releaseFilePages()
    }

    /// Writes the merged adapters into the base weight for good: for weights that are to be trained with what they have learnt.
    ///
    /// The weight must lie in memory that may be written to, and be whole.
    public func absorbAdapters() throws(TorchError) {
        guard let merged, case .whole(let tensor) = stored else { return }
        try withoutGradients { () throws(TorchError) in try tensor.copyInPlace(from: merged) }
        try attach([], as: .merged)
    }

    /// Whether adapters act at every call, so that the weight alone does not give the layer's output.
    package var hasSideAdapters: Bool { attachment == .beside && !adapters.isEmpty }

    /// Adds in place what the side adapters make of `input` to `output`, which holds the given rows of the layer's output.
    package func addSideAdapters(to output: Tensor, input: Tensor, rows: Range<Int>?) throws(TorchError) {
        let asked = rows ?? 0..<shape[0]
        for adapter in adapters {
            let own = adapter.rows ?? 0..<shape[0]
            let common = own.clamped(to: asked)
            guard !common.isEmpty else { continue }
            let change = try adapter(input, rows: common.lowerBound - own.lowerBound..<common.upperBound - own.lowerBound)
            try output.narrowed(dim: -1, start: common.lowerBound - asked.lowerBound, count: common.count).addInPlace(change)
        }
    }
}

/// A low-rank change of a weight: `weight · up · down`, on all output rows or on a range of them.
public struct LowRankAdapter {
    /// `[rank, inputs]`.
    public let down: Tensor
    /// `[outputs, rank]`, or fewer outputs when `rows` is given.
    public let up: Tensor
    /// The output rows that the adapter changes; nil for all.
    public let rows: Range<Int>?
    /// Strength, 1 as trained.
    public let weight: Double
    /// The type that it computes in.
    public let dtype: DType

    /// - Parameter dtype: nil computes in the type of `down`; a wider one makes wider numbers of both matrices at every use.
    public init(down: Tensor, up: Tensor, rows: Range<Int>? = nil, weight: Double = 1, dtype: DType? = nil) {
        self.down = down
        self.up = up
        self.rows = rows
        self.weight = weight
        self.dtype = dtype ?? down.dtype
    }

    /// The change of the weight, `[outputs, inputs]`, float32.
    func delta() throws(TorchError) -> Tensor {
        try weight * up.to(.float32).matmul(down.to(.float32))
    }

    /// The change of some of the adapter's output rows for `x` `[..., inputs]`, in the adapter's type as the official code has it.
    func callAsFunction(_ x: Tensor, rows: Range<Int>) throws(TorchError) -> Tensor {
        let part = try up.narrowed(dim: 0, start: rows.lowerBound, count: rows.count)
        let change = try x.to(dtype).linear(weight: down.to(dtype)).linear(weight: part.to(dtype))
        return try (weight * change).to(x.dtype)
    }
}
