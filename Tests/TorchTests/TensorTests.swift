import Testing
import TestSupport
import Torch

@Suite struct TensorTests {
    @Test func propertiesDescribeTheTensor() throws {
        let x = try Tensor([Float(1), 2, 3, 4, 5, 6], shape: [2, 3])
        #expect(x.shape == [2, 3])
        #expect(x.rank == 2)
        #expect(x.count == 6)
        #expect(x.dtype == .float32)
        #expect(x.device == .cpu)
        #expect(x.byteCount == 24)
        #expect(x.isContiguous)
        #expect(try x.transposed(0, 1).isContiguous == false)
        #expect(x.description == "Tensor(float32 [2, 3])")
    }

    @Test func valuesComeBackInMemoryOrder() throws {
        let x = try Tensor([Int32(1), 2, 3, 4], shape: [2, 2])
        #expect(try x.values(as: Int32.self) == [1, 2, 3, 4])
        #expect(try x.transposed(0, 1).values(as: Double.self) == [1, 3, 2, 4])
        #expect(try Tensor([true, false], shape: [2]).values(as: Bool.self) == [true, false])
        #expect(try Tensor([Float](), shape: [0, 4]).values(as: Float.self) == [])
    }

    @Test func singleNumbersAreRead() throws {
        #expect(try Tensor.full([], 2.5).item() == 2.5)
        #expect(try Tensor([Int64(1) << 53 + 1], shape: [1]).itemInt() == 1 << 53 + 1)
        #expect(throws: TorchError.self) { try Tensor.zeros([2]).item() }
    }

    @Test func creationFillsAsAsked() throws {
        try expectValues(.zeros([2]), [0, 0], .exact)
        try expectValues(.full([2], -1.5, dtype: .float16), [-1.5, -1.5], .exact)
        try expectValues(.arange(3), [0, 1, 2], .exact)
        #expect(try Tensor.arange(3).dtype == .int64)
        try expectValues(.arange(from: 1, to: 0, step: -0.25), [1, 0.75, 0.5, 0.25], .exact)
        try expectValues(.linspace(from: 1, to: 0, count: 5), [1, 0.75, 0.5, 0.25, 0], .exact)
        #expect(try Tensor.empty([3, 0, 2]).shape == [3, 0, 2])
    }

    @Test func copiesShareNothingAndViewsShareAll() throws {
        let x = try Tensor.zeros([2, 2])
        let view = try x.select(dim: 0, index: 1), copy = try x.cloned()
        try view.copyInPlace(from: Tensor([Float(7)], shape: [1]))
        try expectValues(x, [0, 0, 7, 7], .exact)
        try expectValues(copy, [0, 0, 0, 0], .exact)
    }

    @Test func borrowedMemoryIsReadInPlaceAndItsOwnerOutlivesEveryView() throws {
        weak var observed: Memory?
        let view = try {
            let memory = Memory([1, 2, 3, 4, 5, 6])
            observed = memory
            let whole = try Tensor.borrowing(memory.bytes, shape: [2, 3], dtype: .float32, owner: memory)
            memory.bytes.storeBytes(of: 9, toByteOffset: 16, as: Float.self)
            return Box(try whole.select(dim: 0, index: 1))
        }()
        try expectValues(view.tensor!, [4, 9, 6], .exact)
        #expect(observed != nil)
        view.tensor = nil
        #expect(observed == nil)
    }

    @Test func borrowingThatFailsReleasesTheOwner() throws {
        weak var observed: Memory?
        do {
            let memory = Memory([1])
            observed = memory
            #expect(throws: TorchError.self) {
                try Tensor.borrowing(memory.bytes, shape: [-1], dtype: .float32, owner: memory)
            }
        }
        #expect(observed == nil)
    }

    private final class Box {
        var tensor: Tensor?
        init(_ tensor: Tensor) { self.tensor = tensor }
    }

    private final class Memory {
        let bytes: UnsafeMutableRawPointer
        init(_ values: [Float]) {
            bytes = .allocate(byteCount: values.count * 4, alignment: 64)
            bytes.copyMemory(from: values, byteCount: values.count * 4)
        }
        deinit { bytes.deallocate() }
    }
}
