import Torch

/// Consecutive tokens of one branch, among the rows of a pass over several branches.
///
/// Linear layers see the rows of all branches at once, so that weights are read once; each branch attends to itself alone.
package struct TokenSpan {
    /// Where its earlier tokens are, and these will be; nil where nothing is remembered.
    package let cache: KeyValueCache?
    /// Rows of the pass.
    package let count: Int

    package init(_ cache: KeyValueCache?, count: Int) {
        self.cache = cache
        self.count = count
    }

    var start: Int { cache?.count ?? 0 }
    var positions: Range<Int> { start..<start + count }

    /// Which keys each token sees, bool `[count, start + count]`; nil where all do, or where the span is all there is.
    func mask(on device: Device) throws(TorchError) -> Tensor? {
        guard count > 1, start > 0 else { return nil }
        return try Tensor.ones([count, start + count], device: device).lowerTriangle(diagonal: start).greater(0)
    }
}
