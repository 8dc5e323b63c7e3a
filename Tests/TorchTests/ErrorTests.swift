import Testing
import Torch

/// Nothing a caller can get wrong may end the process; every case here is an error with a text that helps.
@Suite struct ErrorTests {
    @Test func mismatchedShapesAreNamed() throws {
        let a = try Tensor.zeros([2, 3]), b = try Tensor.zeros([4, 5], dtype: .bfloat16)
        let error = #expect(throws: TorchError.self) { try a.matmul(b) }
        guard case .operation("matmul", let inputs, let message) = error else {
            Issue.record("got \(String(describing: error))")
            return
        }
        #expect(inputs == "float32 [2, 3], bfloat16 [4, 5]")
        #expect(!message.isEmpty)
        #expect(!message.contains("Exception raised from"))
        #expect(!message.contains("\n"))
    }

    @Test func operatorsThrowToo() throws {
        let a = try Tensor.zeros([2, 3]), b = try Tensor.zeros([4, 5])
        let error = #expect(throws: TorchError.self) { try a + b }
        #expect(error?.description.hasPrefix("+(float32 [2, 3], float32 [4, 5]) failed: ") == true)
    }

    @Test func moreThanTheMemoryIsOutOfMemory() {
        let error = #expect(throws: TorchError.self) { try Tensor.empty([1_000_000_000_000_000]) }
        guard case .outOfMemory(name: "empty", _, _) = error else {
            Issue.record("got \(String(describing: error))")
            return
        }
    }

    @Test func readingMoreThanTheMemoryIsOutOfMemory() throws {
        let x = try Tensor.zeros([1]).expanded([1_000_000_000_000_000])
        let error = #expect(throws: TorchError.self) { try x.values(as: Float.self) }
        guard case .outOfMemory = error else {
            Issue.record("got \(String(describing: error))")
            return
        }
    }

    @Test func sizesWhoseProductOverflowsAreRefused() {
        #expect(throws: TorchError.self) { try Tensor.empty([1 << 40, 1 << 40]) }
        #expect(throws: TorchError.self) { try Tensor.zeros([-1]) }
    }

    @Test func wrongDimensionsAndIndicesAreRefused() throws {
        let x = try Tensor.zeros([2, 3]), picture = try Tensor.zeros([1, 4, 2, 2])
        let tooLarge = try Tensor([Int64(7)], shape: [1]), negative = try Tensor([Int64(-1)], shape: [1])
        #expect(throws: TorchError.self) { try x.sum([5]) }
        #expect(throws: TorchError.self) { try x.transposed(0, 2) }
        #expect(throws: TorchError.self) { try x.select(dim: 0, index: 2) }
        #expect(throws: TorchError.self) { try x.narrowed(dim: 1, start: 2, count: 2) }
        #expect(throws: TorchError.self) { try x.reshaped([4, 2]) }
        #expect(throws: TorchError.self) { try x.chunked(0, dim: 0) }
        #expect(throws: TorchError.self) { try x.chunked(3, dim: 0) }
        #expect(throws: TorchError.self) { try x.chunked(.max, dim: 0) }
        #expect(throws: TorchError.self) { try x.split([1, 1], dim: 1) }
        #expect(throws: TorchError.self) { try x.indexSelected(dim: 0, tooLarge) }
        #expect(throws: TorchError.self) { try x.embedding(tooLarge) }
        #expect(throws: TorchError.self) { try x.embedding(negative) }
        #expect(throws: TorchError.self) { try x.gathered(dim: 0, Tensor([Int64(5)], shape: [1, 1])) }
        #expect(throws: TorchError.self) { try Tensor.concatenated([], dim: 0) }
        #expect(throws: TorchError.self) { try picture.groupNorm(groups: 0, eps: 1e-5) }
        #expect(throws: TorchError.self) { try picture.groupNorm(groups: 3, eps: 1e-5) }
        #expect(throws: TorchError.self) { try picture.convolution2d(weight: Tensor.zeros([1, 4, 3, 3])) }
        #expect(throws: TorchError.self) { try picture.convolution2d(weight: Tensor.zeros([1, 4, 1, 1]), stride: 0) }
        #expect(throws: TorchError.self) { try picture.convolution2d(weight: Tensor.zeros([1, 4, 1, 1]), groups: 0) }
        #expect(throws: TorchError.self) { try picture.upsampledNearest(scale: 0) }
        #expect(throws: TorchError.self) { try picture.upsampledNearest(scale: .max) }
        #expect(throws: TorchError.self) { try picture.maxPooled2d(kernel: 0) }
        #expect(throws: TorchError.self) { try Tensor.zeros([], dtype: .float32).layerNorm([], eps: 1e-5) }
    }

    @Test func valuesMustFillTheShape() {
        let error = #expect(throws: TorchError.self) { try Tensor([Float(1), 2], shape: [3]) }
        #expect(error?.description.contains("8 were given") == true)
    }

    @Test(.enabled(if: TorchRuntime.cudaDeviceCount == 0, "this machine has a CUDA device"))
    func anAbsentDeviceIsAnError() throws {
        #expect(throws: TorchError.self) { try Tensor.zeros([2], device: .cuda(0)) }
        #expect(throws: TorchError.self) { try Tensor.zeros([2]).to(.cuda(0)) }
        #expect(throws: TorchError.self) { try Tensor.zeros([2], device: .cuda(-3)) }
        #expect(throws: TorchError.self) { try RandomGenerator(seed: 0, device: .cuda(0)) }
        #expect(throws: TorchError.self) { try TorchRuntime.synchronize(.cuda(0)) }
    }

    @Test(.enabled(if: !TorchRuntime.isCUDALoaded, "CUDA is loaded"))
    func aDirectoryWithoutCUDAIsAnError() {
        let error = #expect(throws: TorchError.self) { try TorchRuntime.loadCUDA(from: "/nowhere") }
        guard case .cudaUnavailable(directory: "/nowhere", let message) = error else {
            Issue.record("got \(String(describing: error))")
            return
        }
        #expect(message.contains("libtorch_cuda.so"))
    }
}
