import Checkpoints
import Foundation
import Testing
import Torch

/// The forms that a scope hands weights out in.
struct WeightStorageTests {
    /// A block's weight and bias, and a layer that is not to be coded.
    private struct Model {
        let block, out: LayerWeight
        let bias: Tensor

        init(width: Int = 64, at scope: ParameterScope) throws {
            block = try scope("blocks")(0).weight("weight", [48, width])
            bias = try scope("blocks")(0).parameter("bias", [48])
            out = try scope("out").weight("weight", [8, 48])
        }
    }

    private func matrix(_ rows: Int, _ columns: Int, _ seed: UInt64) throws -> Tensor {
        try Tensor.normal([rows, columns], using: RandomGenerator(seed: seed)).to(.bfloat16)
    }

    private func source(in directory: TemporaryDirectory) throws -> SafetensorsReader {
        let path = directory.file("model.safetensors")
        try SafetensorsWriter.write(
            [("blocks.0.weight", matrix(48, 64, 1)), ("blocks.0.bias", Tensor.ones([48]).to(.bfloat16)), ("out.weight", matrix(8, 48, 2))], to: path)
        return try SafetensorsReader(path: path)
    }

    private func load(_ source: any TensorSource, _ storage: WeightStorage, dtype: DType = .float32) throws -> Loaded<Model> {
        try ParameterScope.load(source, dtype: dtype, storage: storage, of: ["blocks."]) { try Model(at: $0) }
    }

    private func values(_ weight: LayerWeight) throws -> [Float] {
        switch weight {
        case .numbers(let tensor): try tensor.values(as: Float.self)
        case .coded(let matrix, let dtype): try matrix.values(as: dtype).values(as: Float.self)
        }
    }

    @Test(arguments: WeightStorage.allCases) func onlyTheNamedLayersAreCoded(storage: WeightStorage) throws {
        let directory = try TemporaryDirectory(), loaded = try load(source(in: directory), storage)
        let isCoded = ![.numbers, .coded].contains(storage)
        #expect(loaded.parameters.coded.map(\.path) == (isCoded ? ["blocks.0.weight"] : []))
        #expect(loaded.parameters.parameters.map(\.path) == (isCoded ? [] : ["blocks.0.weight"]) + ["blocks.0.bias", "out.weight"])
        #expect(loaded.parameters.count == 48 * 64 + 48 + 8 * 48)
        let rest = 4 * (48 + 8 * 48), count = 48 * 64
        let expected: [WeightStorage: Int] = [.numbers: 4 * count, .coded: 4 * count, .stored: 2 * count, .float8: count + 4, .int8: count + 4 * 48]
        #expect(loaded.parameters.byteCount == rest + (expected[storage] ?? 0))
        guard case .numbers(let out) = loaded.model.out else { throw CocoaError(.coderInvalidValue) }
        #expect(try out.values(as: Float.self) == matrix(8, 48, 2).values(as: Float.self))
    }

    @Test func theFilesOwnTypeKeepsEveryNumber() throws {
        let directory = try TemporaryDirectory(), loaded = try load(source(in: directory), .stored)
        guard case .coded(let matrix, .float32) = loaded.model.block else { throw CocoaError(.coderInvalidValue) }
        #expect(matrix is NarrowMatrix)
        #expect(try values(loaded.model.block) == self.matrix(48, 64, 1).values(as: Float.self))
        // In the type that is computed in anyway there is nothing to keep apart.
        let same = try load(source(in: directory), .stored, dtype: .bfloat16)
        guard case .numbers = same.model.block else { throw CocoaError(.coderInvalidValue) }
    }

    @Test(arguments: [WeightStorage.float8, .int8]) func eightBitsAreNearTheNumbers(storage: WeightStorage) throws {
        let directory = try TemporaryDirectory(), loaded = try load(source(in: directory), storage)
        let exact = try matrix(48, 64, 1).values(as: Float.self), coded = try values(loaded.model.block)
        let error = zip(exact, coded).map { abs($0 - $1) }.max() ?? 0
        #expect(error > 0)
        // Half a step of 127 to the largest of about 4; of float8's 3 bits of mantissa, a sixteenth.
        #expect(error < (storage == .int8 ? 0.02 : 0.2))
    }

    @Test(arguments: WeightStorage.allCases) func anOutlineHasTheSizesOfTheModel(storage: WeightStorage) throws {
        let directory = try TemporaryDirectory(), source = try source(in: directory)
        let outline = try ParameterScope.outline(of: source, dtype: .float32, storage: storage, of: ["blocks."]) { try Model(at: $0) }
        let loaded = try load(source, storage).parameters
        #expect(outline.byteCount == loaded.byteCount)
        #expect(outline.count == loaded.count)
        let shapes = ParameterScope.shapes(dtype: .float32, storage: storage, of: ["blocks."])
        _ = try Model(at: shapes)
        // Shapes alone have no type of a file to be kept in.
        if storage != .stored { #expect(shapes.parameters.byteCount == loaded.byteCount) }
    }

    @Test(arguments: WeightStorage.allCases) func wrongKeysAndShapesAreReportedInEveryForm(storage: WeightStorage) throws {
        let directory = try TemporaryDirectory(), source = try source(in: directory)
        let message = checkpointError {
            _ = try ParameterScope.load(source, storage: storage, of: ["blocks."]) { scope in
                _ = try Model(width: 63, at: scope)
                _ = try scope("blocks")(1).weight("weight", [3, 3])
            }
        }
        #expect(message.contains("blocks.1.weight [3, 3]"))
        #expect(message.contains("blocks.0.weight has shape [48, 64], expected [48, 63]"))
    }

    /// A file whose block is in 8 bits.
    private final class CodedSource: TensorSource {
        let location = "coded.safetensors"
        let keys = ["blocks.0.weight", "blocks.0.bias", "out.weight"]
        let matrix: EightBitMatrix

        init() throws { matrix = try EightBitMatrix(Tensor.normal([48, 64], using: RandomGenerator(seed: 1))) }

        func info(_ key: String) -> TensorInfo? {
            TensorInfo(dtype: .float32, shape: key == keys[0] ? [48, 64] : key == keys[1] ? [48] : [8, 48])
        }
        func tensor(_ key: String) throws -> Tensor { key == keys[0] ? try matrix.values(as: .float32) : try .ones(info(key)?.shape ?? []) }
        func coded(_ key: String) throws -> (any CodedMatrix)? { key == keys[0] ? matrix : nil }
    }

    @Test func aCodedFileIsUsedAsItIs() throws {
        let source = try CodedSource()
        for storage in [WeightStorage.coded, .stored, .int8] {
            guard case .coded(let matrix, .float32) = try load(source, storage).model.block else { throw CocoaError(.coderInvalidValue) }
            #expect((matrix as? EightBitMatrix)?.codes === source.matrix.codes)
        }
        guard case .numbers(let numbers) = try load(source, .numbers).model.block else { throw CocoaError(.coderInvalidValue) }
        #expect(try numbers.values(as: Float.self) == source.matrix.values(as: .float32).values(as: Float.self))
    }

    @Test func codingOnceMoreIsRefused() throws {
        let message = checkpointError { _ = try load(CodedSource(), .float8) }
        #expect(message.contains("coded.safetensors"))
        #expect(message.contains("blocks.0.weight"))
        #expect(message.contains("float8"))
    }

    @Test(arguments: [WeightStorage.coded, .int8]) func theFilesBytesDoNotStayInMemoryBesideTheCopy(storage: WeightStorage) throws {
        let directory = try TemporaryDirectory(), path = directory.file("large.safetensors")
        try SafetensorsWriter.write([("blocks.0.weight", Tensor.ones([8192, 8192]).to(.bfloat16))], to: path)
        let source = try SafetensorsReader(path: path)
        _ = try source.tensor("blocks.0.weight").to(.float32).amax([0, 1]).item()
        let touched = try residentBytes(of: path)
        let loaded = try ParameterScope.load(source, dtype: .float32, storage: storage, of: ["blocks."]) { try $0("blocks")(0).weight("weight", [8192, 8192]) }
        #expect(touched > 120 << 20)
        #expect(try residentBytes(of: path) < 8 << 20)
        #expect(try values(loaded.model).prefix(4).allSatisfy { abs($0 - 1) < 1e-2 })
        #expect(try source.tensor("blocks.0.weight").select(dim: 0, index: 8191).values(as: Float.self).allSatisfy { $0 == 1 })
    }
}
