import Checkpoints
import Foundation
import Testing
import Torch

@Suite struct CheckpointConversionTests {
    static let matrix = "double_blocks.0.img_attn.qkv.weight", entry = "img_in.weight", bias = "double_blocks.0.img_attn.qkv.bias"
    static let odd = "double_blocks.0.txt_attn.proj.weight"

    /// A matrix, one of a layer that stays wide, one whose rows are no whole blocks, a vector, a table, and whole numbers.
    static func tensors(_ dtype: DType) throws -> [(name: String, tensor: Tensor)] {
        var generator = HeaderMutationTests.Generator(state: 9)
        func random(_ shape: [Int]) throws -> Tensor {
            try Tensor((0..<shape.reduce(1, *)).map { _ in Float.random(in: -0.2...0.2, using: &generator) }, shape: shape).to(dtype)
        }
        return try [
            (matrix, random([96, 64])), (entry, random([64, 64])), (odd, random([64, 40])), (bias, random([96])),
            ("shared.weight", random([64, 64])), ("ids", Tensor([1, 2] as [Int64], shape: [2])),
        ]
    }

    static func write(_ dtype: DType, in directory: TemporaryDirectory) throws -> any TensorSource {
        try SafetensorsWriter.write(tensors(dtype), metadata: ["format": "pt"], to: directory.file("in.safetensors"))
        return try Checkpoint.open(directory.file("in.safetensors"))
    }

    static func converted(_ source: any TensorSource, _ type: StoredType, in directory: TemporaryDirectory, _ name: String = "out") throws -> any TensorSource {
        let path = directory.file("\(name).\(type.fileSuffix)")
        let conversion = CheckpointConversion(source, to: type, architecture: "flux")
        try conversion.write(to: path) { _ in }
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        #expect(size == conversion.byteCount, "the size is known before")
        return try Checkpoint.open(path)
    }

    private func values(_ tensor: Tensor) throws -> [Float] { try tensor.values(as: Float.self) }

    @Test(arguments: StoredType.allCases, [DType.bfloat16, .float32]) func keysAndShapesStay(_ type: StoredType, _ dtype: DType) throws {
        let directory = try TemporaryDirectory()
        let source = try Self.write(dtype, in: directory)
        let found = try Self.converted(source, type, in: directory)
        #expect(Set(found.keys) == Set(source.keys))
        for key in source.keys { #expect(found.info(key)?.shape == source.info(key)?.shape) }
        #expect(try found.tensor("ids").values(as: Int64.self) == [1, 2])
        #expect(found.metadata == (type == .q8_0 ? ["general.architecture": "flux", "general.file_type": "7", "general.quantization_version": "2"] : ["format": "pt"]))
    }

    @Test(arguments: [StoredType.float32, .bf16, .float16]) func plainTypesTakeEveryFloatingPointTensor(_ type: StoredType) throws {
        let directory = try TemporaryDirectory()
        let source = try Self.write(.float32, in: directory), found = try Self.converted(source, type, in: directory)
        let dtype = try #require(type.dtype)
        for key in source.keys where key != "ids" {
            #expect(found.info(key)?.dtype == dtype)
            #expect(try bytes(of: found.tensor(key)) == bytes(of: source.tensor(key).to(dtype)))
        }
    }

    @Test func q8_0HoldsTheBlocksOfTheMatrix() throws {
        let directory = try TemporaryDirectory()
        let source = try Self.write(.bfloat16, in: directory), found = try Self.converted(source, .q8_0, in: directory)
        let wide = try values(source.tensor(Self.matrix))
        let blocks = stride(from: 0, to: wide.count, by: 32).flatMap { ScalarBlocks.q8_0(wide[$0..<$0 + 32]) }
        let coded = try #require(try found.coded(Self.matrix) as? BlockMatrix)
        #expect(try coded.blocks.values(as: UInt8.self) == blocks)
        #expect(try values(found.tensor(Self.matrix)) == BlockMatrixTests.expected(.q8_0, blocks))
        let forms = Dictionary(uniqueKeysWithValues: found.keys.map { ($0, found.stored($0)?.name) })
        #expect(forms == [Self.matrix: "Q8_0", Self.entry: "BF16", Self.odd: "BF16", Self.bias: "F32", "shared.weight": "BF16", "ids": "I64"])
        for key in [Self.entry, Self.odd, Self.bias, "shared.weight"] { #expect(try values(found.tensor(key)) == values(source.tensor(key))) }
    }

    @Test func int8AndFp8HoldTheCodesOfTheMatrix() throws {
        let directory = try TemporaryDirectory()
        let source = try Self.write(.bfloat16, in: directory), wide = try source.tensor(Self.matrix)
        let eight = try EightBitMatrix(wide), float8 = try Float8Matrix(wide)
        let int8 = try Self.converted(source, .int8, in: directory, "int8"), fp8 = try Self.converted(source, .fp8, in: directory, "fp8")
        #expect(try values(int8.tensor(Self.matrix)) == values(eight.values(as: .float32)))
        #expect(try values(fp8.tensor(Self.matrix)) == values(float8.values(as: .float32)))
        #expect(int8.stored(Self.matrix)?.name == "int8 with scales" && fp8.stored(Self.matrix)?.name == "float8e4m3 with a scale")
        for (found, bound) in [(int8, 0.5 / 127), (fp8, 1.0 / 16)] {
            let error = try (found.tensor(Self.matrix) - wide.to(.float32)).abs().amax().item() / wide.abs().amax().item()
            #expect(error > 0 && error <= bound * 1.001)
            for key in [Self.entry, Self.bias, "shared.weight"] {
                #expect(try found.coded(key) == nil)
                #expect(try bytes(of: found.tensor(key)) == bytes(of: source.tensor(key)))
            }
            #expect(try found.coded(Self.odd) != nil, "only blocks ask for whole rows of 32")
        }
        // Under the names that other programs look for.
        let raw = try SafetensorsReader(path: directory.file("fp8.safetensors"))
        #expect(raw.info("scaled_fp8") == TensorInfo(dtype: .float8e4m3, shape: [0]))
        #expect(raw.info("double_blocks.0.img_attn.qkv.scale_weight") == TensorInfo(dtype: .float32, shape: []))
        #expect(raw.info(Self.matrix) == TensorInfo(dtype: .float8e4m3, shape: [96, 64]))
    }

    @Test(arguments: [StoredType.q8_0, .int8, .fp8]) func whatHasTheCodeKeepsItBitForBit(_ type: StoredType) throws {
        let directory = try TemporaryDirectory()
        let source = try Self.write(.bfloat16, in: directory)
        let first = try Self.converted(source, type, in: directory, "first")
        _ = try Self.converted(first, type, in: directory, "second")
        let files = try ["first", "second"].map { try Data(contentsOf: URL(fileURLWithPath: directory.file("\($0).\(type.fileSuffix)"))) }
        #expect(files[0] == files[1])
    }

    @Test func codesBecomePlainNumbersAgain() throws {
        let directory = try TemporaryDirectory()
        let source = try Self.write(.bfloat16, in: directory)
        for type in [StoredType.q8_0, .int8, .fp8] {
            let coded = try Self.converted(source, type, in: directory, type.rawValue)
            let plain = try Self.converted(coded, .float32, in: directory, "plain")
            for key in source.keys { #expect(try values(plain.tensor(key)) == values(coded.tensor(key)), "\(key)") }
            #expect(!plain.metadata.keys.contains { $0.hasPrefix("general.") })
        }
    }

    @Test func progressEndsWithEverythingAndMayEndTheWork() throws {
        let directory = try TemporaryDirectory()
        let source = try Self.write(.bfloat16, in: directory)
        let conversion = CheckpointConversion(source, to: .int8, architecture: "flux")
        var last: CheckpointConversion.Progress?
        try conversion.write(to: directory.file("out.safetensors")) { progress in
            #expect(progress.tensors == (last?.tensors ?? 0) + 1 && progress.bytes > last?.bytes ?? 0)
            last = progress
        }
        #expect(last?.tensors == 6 && last?.tensorCount == 6 && last?.byteCount == conversion.byteCount)
        #expect((last?.bytes ?? 0) <= conversion.byteCount && (last?.bytes ?? 0) > conversion.byteCount / 2)
        let old = try Data(contentsOf: URL(fileURLWithPath: directory.file("out.safetensors")))
        #expect(throws: CancellationError.self) {
            try conversion.write(to: directory.file("out.safetensors")) { if $0.tensors == 3 { throw CancellationError() } }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.file("out.safetensors"))) == old)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["in.safetensors", "out.safetensors"])
    }

    @Test func numbersWithoutACodeAreRefusedByName() throws {
        let directory = try TemporaryDirectory()
        func refusal(_ value: Double, _ type: StoredType) throws -> String {
            let source = TensorTable([(name: Self.matrix, tensor: try .full([96, 64], value))])
            return checkpointError {
                try CheckpointConversion(source, to: type, architecture: "flux").write(to: directory.file("x.\(type.fileSuffix)")) { _ in }
            }
        }
        for type in [StoredType.q8_0, .int8, .fp8] { #expect(try refusal(.nan, type).contains("'\(Self.matrix)' holds numbers that are not finite")) }
        #expect(try refusal(70_000, .float16).contains("beyond float16"))
        #expect(try refusal(.infinity, .float16) == "no error", "what is infinite stays infinite")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["x.safetensors"])
    }

    /// What was read and released is read again, whichever way it was reached.
    @Test func releasedTensorsComeBack() throws {
        let directory = try TemporaryDirectory()
        let values = (0..<1 << 16).map(Float.init), tensor = try Tensor(values, shape: [256, 256])
        try SafetensorsWriter.write([("net.a.weight", tensor), ("net.b.weight", tensor)], to: directory.file("x.safetensors"))
        let source = PrefixedSource(try Checkpoint.open(directory.file("x.safetensors")), prefix: "net.")
        let joined = try KeyMap([.fuse(["a.weight", "b.weight"], into: "ab.weight")]).applied(to: source)
        let held = try source.tensor("a.weight")
        #expect(try joined.tensor("ab.weight").values(as: Float.self) == values + values)
        joined.release("ab.weight")
        #expect(try held.values(as: Float.self) == values)
        #expect(try joined.tensor("ab.weight").values(as: Float.self) == values + values)
    }
}
