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
/// The base weight is never written to, so taking the adapters off restores it bit for bit.
public final class AdaptableWeight {
    /// The weight as loaded.
    public let base: Tensor
    /// Adapters in the order in which they were attached.
    public private(set) var adapters: [LowRankAdapter] = []
    private var merged: Tensor?
    private var attachment = AdapterAttachment.merged

    public init(_ base: Tensor) {
        self.base = base
    }

    /// The weight that the matrix product uses: with the adapters in it when they are merged.
    public var value: Tensor { merged ?? base }

    /// Replaces the adapters on this weight; an empty list restores the base.
    ///
    /// Merged, the sum is computed in float32 and rounded once to the weight's dtype.
    public func attach(_ adapters: [LowRankAdapter], as attachment: AdapterAttachment) throws(TorchError) {
        self.adapters = adapters
        self.attachment = attachment
        merged = nil
        guard attachment == .merged, !adapters.isEmpty else { return }
        let sum = try base.to(.float32).cloned()
        for adapter in adapters {
            let rows = adapter.rows ?? 0..<base.shape[0]
            try sum.narrowed(dim: 0, start: rows.lowerBound, count: rows.count).addInPlace(adapter.delta())
        }
        merged = try sum.to(base.dtype)
    }

    /// Adds what the side adapters make of `input` to the layer's `output`, which must be newly made.
    func addingAdapters(to output: Tensor, input: Tensor) throws(TorchError) -> Tensor {
        guard attachment == .beside else { return output }
        for adapter in adapters {
            let rows = adapter.rows ?? 0..<base.shape[0]
            try output.narrowed(dim: -1, start: rows.lowerBound, count: rows.count).addInPlace(adapter(input))
        }
        return output
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

    public init(down: Tensor, up: Tensor, rows: Range<Int>? = nil, weight: Double = 1) {
        self.down = down
        self.up = up
        self.rows = rows
        self.weight = weight
    }

    /// The change of the weight, `[outputs, inputs]`, float32.
    func delta() throws(TorchError) -> Tensor {
        try weight * up.to(.float32).matmul(down.to(.float32))
    }

    /// The change of the output for `x` `[..., inputs]`, computed in the adapter's dtype as the official code does.
    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        let change = try x.to(down.dtype).linear(weight: down, bias: nil).linear(weight: up, bias: nil)
        return try (weight * change).to(x.dtype)
    }
}
