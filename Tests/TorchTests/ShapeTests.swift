import Testing
import TestSupport
import Torch

@Suite struct ShapeTests {
    /// 0...5 as `[2, 3]`.
    let x: Tensor

    init() throws {
        x = try Tensor.arange(6, dtype: .float32).reshaped([2, 3])
    }

    @Test func viewsRearrange() throws {
        try expectValues(x.reshaped([3, -1]), [0, 1, 2, 3, 4, 5], shape: [3, 2], .exact)
        try expectValues(x.transposed(0, 1), [0, 3, 1, 4, 2, 5], shape: [3, 2], .exact)
        try expectValues(x.unsqueezed(0).permuted([2, 0, 1]), [0, 3, 1, 4, 2, 5], shape: [3, 1, 2], .exact)
        #expect(try x.unsqueezed(-1).shape == [2, 3, 1])
        #expect(try x.unsqueezed(1).squeezed(1).shape == [2, 3])
        #expect(try x.squeezed(0).shape == [2, 3])
        #expect(try x.unsqueezed(0).flattened(from: 1).shape == [1, 6])
        try expectValues(Tensor([Float(1), 2], shape: [2, 1]).expanded([-1, 2]), [1, 1, 2, 2], shape: [2, 2], .exact)
        #expect(try x.transposed(0, 1).contiguous().isContiguous)
    }

    @Test func piecesAddUpToTheWhole() throws {
        let chunks = try x.chunked(3, dim: -1)
        #expect(chunks.map(\.shape) == [[2, 1], [2, 1], [2, 1]])
        try expectValues(chunks[1], [1, 4], .exact)
        let parts = try x.split([1, 2], dim: 1)
        try expectValues(parts[1], [1, 2, 4, 5], shape: [2, 2], .exact)
        try expectClose(.concatenated(parts, dim: 1), x, .exact)
        try expectValues(.stacked(chunks, dim: 0), [0, 3, 1, 4, 2, 5], shape: [3, 2, 1], .exact)
    }

    @Test func slicesAndSelections() throws {
        try expectValues(x.narrowed(dim: 1, start: 1, count: 2), [1, 2, 4, 5], shape: [2, 2], .exact)
        try expectValues(x.sliced(dim: 1, step: 2), [0, 2, 3, 5], shape: [2, 2], .exact)
        try expectValues(x.sliced(dim: 1, from: -1), [2, 5], shape: [2, 1], .exact)
        try expectValues(x.sliced(dim: 1, to: -1), [0, 1, 3, 4], shape: [2, 2], .exact)
        try expectValues(x.select(dim: 0, index: -1), [3, 4, 5], shape: [3], .exact)
    }

    @Test func copiesGrowOrTurn() throws {
        try expectValues(x.padded([1, 0], value: 9), [9, 0, 1, 2, 9, 3, 4, 5], shape: [2, 4], .exact)
        try expectValues(x.padded([0, -1, 0, 1]), [0, 1, 3, 4, 0, 0], shape: [3, 2], .exact)
        try expectValues(x.flipped([1]), [2, 1, 0, 5, 4, 3], .exact)
        let pair = try Tensor([Float(1), 2])
        try expectValues(pair.repeated([2]), [1, 2, 1, 2], .exact)
        try expectValues(pair.repeatedEach(2, dim: 0), [1, 1, 2, 2], .exact)
    }

    @Test func indicesChoose() throws {
        try expectValues(x.indexSelected(dim: 1, Tensor([Int64(2), 0])), [2, 0, 5, 3], shape: [2, 2], .exact)
        try expectValues(x.gathered(dim: 1, Tensor([Int64(2), 0], shape: [2, 1])), [2, 3], shape: [2, 1], .exact)
        let mask = try x.greater(2)
        try expectValues(x.maskedFill(mask, -1), [0, 1, 2, -1, -1, -1], .exact)
        try expectValues(Tensor.where(mask, x, -x), [0, -1, -2, 3, 4, 5], .exact)
        try expectValues(Tensor.ones([2, 3]).lowerTriangle(), [1, 0, 0, 1, 1, 0], .exact)
        try expectValues(Tensor.ones([2, 3]).upperTriangle(diagonal: 1), [0, 1, 1, 0, 0, 1], .exact)
    }

    @Test func reductionsWithAndWithoutDimensions() throws {
        try expectValues(x.sum(), [15], shape: [])
        try expectValues(x.sum([0]), [3, 5, 7], shape: [3])
        try expectValues(x.mean([1], keepDim: true), [1, 4], shape: [2, 1])
        try expectValues(x.amax([0]), [3, 4, 5])
        try expectValues(x.amin(), [0], shape: [])
        try expectValues(x.variance([1]), [1, 1])
        try expectValues(x.variance([1], correction: 0), [2.0 / 3, 2.0 / 3])
        try expectValues(x.norm(), [7.416198487095663])
        try expectValues(x.norm([1], order: 1), [3, 12])
        try expectValues(x.argmax(dim: 1), [2, 2], .exact)
        #expect(try x.argmax().itemInt() == 5)
        try expectValues(x.cumulativeSum(dim: 1), [0, 1, 3, 3, 7, 12])
        #expect(try Tensor([UInt8(200), 200]).sum().itemInt() == 400)
    }

    @Test func orderIsStable() throws {
        let y = try Tensor([Float(2), 1, 2, 3])
        let top = try y.topK(1), sorted = try y.sorted()
        #expect(try top.values.item() == 3 && top.indices.itemInt() == 3)
        #expect(try sorted.indices.values(as: Int.self) == [1, 0, 2, 3])
        #expect(try y.sorted(descending: true).indices.values(as: Int.self) == [3, 0, 2, 1])
    }
}
