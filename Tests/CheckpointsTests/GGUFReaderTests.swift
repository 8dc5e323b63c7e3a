import Checkpoints
import Foundation
import Testing
import Torch

@Suite struct GGUFReaderTests {
    @Test func tensorsAreReadInTheirTypes() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(TestGGUF.sound.bytes, to: "x.gguf")
        let source = try Checkpoint.open(path)
        let matrix = "double_blocks.0.img_attn.qkv.weight", vector = "double_blocks.0.img_attn.qkv.bias"
        #expect(source.keys == [matrix, vector])
        #expect(source.metadata == ["general.architecture": "flux", "general.file_type": "7"])
        #expect(source.info(matrix) == TensorInfo(dtype: .float32, shape: [2, 32]))
        #expect(source.stored(matrix) == StoredForm(name: "Q8_0", byteCount: 68))
        #expect(source.stored(vector) == StoredForm(name: "F32", byteCount: 12))
        #expect(try source.tensor(vector).values(as: Float.self) == [1, 2, 3])
        #expect(try source.coded(vector) == nil)
        let expected = BlockMatrixTests.expected(.q8_0, (0..<68).map { UInt8($0) })
        let coded = try #require(try source.coded(matrix) as? BlockMatrix)
        #expect(coded.code == .q8_0 && coded.shape == [2, 32])
        #expect(try coded.values(as: .float32).values(as: Float.self) == expected)
        #expect(try source.tensor(matrix).values(as: Float.self) == expected)
        #expect(checkpointError { _ = try source.tensor("double_blocks.0.img_attn.qkv.wait") }.contains("the nearest name is '\(matrix)'"))
    }

    @Test(arguments: [(DType.float32, UInt32(0)), (.float16, 1), (.bfloat16, 30), (.int8, 24), (.int16, 25), (.int32, 26), (.int64, 27), (.float64, 28)])
    func everyPlainTypeIsBorrowedAsItIs(_ dtype: DType, _ number: UInt32) throws {
        let directory = try TemporaryDirectory()
        var file = TestGGUF()
        file.tensors = [.init(name: "w", dimensions: [3, 2], type: number, offset: 0)]
        file.data = (0..<6 * dtype.byteCount).map { UInt8($0 * 5 + 1) }
        let tensor = try GGUFReader(path: directory.write(file.bytes, to: "x.gguf")).tensor("w")
        #expect(tensor.dtype == dtype && tensor.shape == [2, 3])
        #expect(try bytes(of: tensor) == file.data)
    }

    @Test func blocksOfOtherShapesGiveNumbers() throws {
        let directory = try TemporaryDirectory()
        let data = BlockMatrixTests.random(.q4_0, rows: 6, blocksPerRow: 1, seed: 4).map { $0 & 0x3F }
        var file = TestGGUF()
        file.tensors = [.init(name: "cube", dimensions: [32, 3, 2], type: 2, offset: 0), .init(name: "none", dimensions: [32, 0], type: 2, offset: 128)]
        file.data = data + [UInt8](repeating: 0, count: 128 - data.count)
        let reader = try GGUFReader(path: directory.write(file.bytes, to: "x.gguf"))
        #expect(try reader.coded("cube") == nil)
        #expect(try reader.tensor("cube").shape == [2, 3, 32])
        #expect(try reader.tensor("cube").values(as: Float.self) == BlockMatrixTests.expected(.q4_0, data))
        #expect(try reader.tensor("none").shape == [0, 32])
        #expect(try reader.coded("none")?.values(as: .bfloat16).shape == [0, 32])
    }

    @Test func aFileIsKnownByItsContentOrItsName() throws {
        let directory = try TemporaryDirectory()
        #expect(try Checkpoint.open(directory.write(TestGGUF.sound.bytes, to: "0f68f4ac")).keys.count == 2)
        let message = checkpointError { _ = try Checkpoint.open(directory.write(Array("<!DOCTYPE html><p>Sign in".utf8), to: "page.gguf")) }
        #expect(message.contains("page.gguf") && message.contains("it is a web page"))
    }

    @Test func theOnlyGGUFOfADirectoryIsOpened() throws {
        let directory = try TemporaryDirectory()
        try directory.write(TestGGUF.sound.bytes, to: "flux1-dev-Q8_0.gguf")
        #expect(try Checkpoint.open(directory.path).location == directory.file("flux1-dev-Q8_0.gguf"))
        try directory.write(TestGGUF.sound.bytes, to: "flux1-dev-Q4_0.gguf")
        #expect(checkpointError { _ = try Checkpoint.open(directory.path) }.contains("several checkpoints: 'flux1-dev-Q4_0.gguf', 'flux1-dev-Q8_0.gguf'"))
    }

    /// 8 GiB, of which only the header is on disk: nothing may read or copy the rest.
    @Test func aLargeFileOpensAtOnce() throws {
        let directory = try TemporaryDirectory()
        var file = TestGGUF()
        let rows: UInt64 = 1 << 18, bytesPerRow: UInt64 = 1024 * 34
        file.tensors = [.init(name: "w.weight", dimensions: [32 * 1024, rows], type: 8, offset: 0)]
        let path = try directory.write(file.bytes, to: "large.gguf")
        #expect(truncate(path, file.bytes.count + Int(rows * bytesPerRow)) == 0)
        let matrix = try #require(try Checkpoint.open(path).coded("w.weight"))
        let band = try matrix.values(200_000..<200_002, as: .bfloat16)
        #expect(try residentBytes(of: path) < 64 << 20)
        #expect(matrix.shape == [1 << 18, 1 << 15] && matrix.byteCount == Int(rows * bytesPerRow))
        #expect(try band.abs().amax().item() == 0)
    }

    @Test func writtenFilesAreReadBack() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("x.gguf")
        var generator = HeaderMutationTests.Generator(state: 5)
        let wide = try Tensor((0..<7 * 96).map { _ in Float.random(in: -1...1, using: &generator) }, shape: [7, 96])
        let plain: [(String, Tensor)] = [
            ("bias", try Tensor([1, 2, 3] as [Float], shape: [3])), ("half", try wide.to(.float16)), ("brain", try wide.to(.bfloat16)),
            ("scalar", try Tensor([7] as [Int32], shape: [])), ("none", try .zeros([0, 4])),
        ]
        let blocks = try BlockMatrix.q8_0(wide)
        let items = plain.map { GGUFWriter.Item($0, TensorInfo(dtype: $1.dtype, shape: $1.shape)) } + [.init("blocks.weight", .q8_0, shape: [7, 96])]
        let metadata: [(key: String, value: GGUFWriter.Value)] = [("general.architecture", .text("flux")), ("general.file_type", .number(7))]
        try GGUFWriter.write(items, metadata: metadata, to: path) { put in
            try put("blocks.weight", blocks.blocks)
            for (name, tensor) in plain { try put(name, tensor) }
        }
        let file = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(file.count == GGUFWriter.byteCount(items, metadata: metadata))
        let header = try file.withUnsafeBytes { try GGUFHeader(file: $0) }
        #expect(header.version == 3 && header.entries.allSatisfy { $0.range.lowerBound.isMultiple(of: 32) })
        let reader = try GGUFReader(path: path)
        #expect(reader.keys == plain.map(\.0) + ["blocks.weight"])
        #expect(reader.metadata == ["general.architecture": "flux", "general.file_type": "7"])
        for (name, tensor) in plain {
            #expect(reader.info(name) == TensorInfo(dtype: tensor.dtype, shape: tensor.shape))
            #expect(try bytes(of: reader.tensor(name)) == bytes(of: tensor), "\(name)")
        }
        let found = try #require(try reader.coded("blocks.weight") as? BlockMatrix)
        #expect(try bytes(of: found.blocks) == bytes(of: blocks.blocks))
    }

    @Test func whatTheFormatLacksIsRefusedAndNothingStays() throws {
        let directory = try TemporaryDirectory()
        let cases: [(GGUFWriter.Item, String)] = [
            (.init("flags", TensorInfo(dtype: .bool, shape: [2])), "GGUF has no type for 'flags', which is BOOL"),
            (.init("deep", TensorInfo(dtype: .float32, shape: [1, 1, 1, 1, 1])), "up to 4 dimensions"),
        ]
        for (item, expected) in cases {
            let message = checkpointError { try GGUFWriter.write([item], to: directory.file("x.gguf")) { _ in } }
            #expect(message.contains(expected) && message.contains("x.gguf"), "\(message)")
        }
        let twice = GGUFWriter.Item("a", TensorInfo(dtype: .float32, shape: [1]))
        #expect(checkpointError { try GGUFWriter.write([twice, twice], to: directory.file("x.gguf")) { _ in } }.contains("'a' is given twice"))
        let failure = checkpointError { try GGUFWriter.write([twice], to: directory.file("x.gguf")) { _ in throw CheckpointError.notFound(path: "input") } }
        #expect(failure.contains("input"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }
}
