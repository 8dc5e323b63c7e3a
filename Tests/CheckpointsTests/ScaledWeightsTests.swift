import Checkpoints
import Testing
import Torch

@Suite struct ScaledWeightsTests {
    private static let values: [Float] = (0..<12).map { Float($0) * 0.37 - 2 }
    private static func matrix() throws -> Tensor { try Tensor(values, shape: [3, 4]) }

    private func open(_ tensors: [(name: String, tensor: Tensor)], in directory: TemporaryDirectory) throws -> any TensorSource {
        try SafetensorsWriter.write(tensors, to: directory.file("x.safetensors"))
        return try Checkpoint.open(directory.file("x.safetensors"))
    }

    @Test(arguments: [DType.float8e4m3, .float8e5m2], [[], [1]]) func scaledFloat8StandsForItsNumbers(_ dtype: DType, _ scaleShape: [Int]) throws {
        let directory = try TemporaryDirectory()
        let codes = try Self.matrix().to(dtype), scale = try Tensor([0.013] as [Float], shape: scaleShape)
        let source = try open(
            [
                ("a.weight", codes), ("a.scale_weight", scale), ("a.scale_input", scale), ("a.bias", .zeros([3])),
                ("scaled_fp8", .zeros([0], dtype: dtype)), ("norm.weight", .ones([4], dtype: .bfloat16)),
            ], in: directory)
        #expect(Set(source.keys) == ["a.weight", "a.bias", "norm.weight"])
        #expect(source.info("a.weight") == TensorInfo(dtype: .float32, shape: [3, 4]))
        #expect(source.stored("a.weight") == StoredForm(name: "\(dtype.rawValue) with a scale", byteCount: 16))
        let expected = try codes.to(.float32).values(as: Float.self).map { $0 * 0.013 }
        #expect(try source.tensor("a.weight").values(as: Float.self) == expected)
        let coded = try #require(try source.coded("a.weight") as? Float8Matrix)
        #expect(coded.scale == 0.013 && coded.codes.dtype == dtype && coded.shape == [3, 4])
        #expect(try coded.values(1..<3, as: .float32).values(as: Float.self) == Array(expected[4...]))
        #expect(try coded.rows(1..<3).values(as: .float32).values(as: Float.self) == Array(expected[4...]))
        #expect(try source.coded("a.bias") == nil && source.coded("norm.weight") == nil)
    }

    @Test func castFloat8IsStoredAsItIs() throws {
        let directory = try TemporaryDirectory()
        let codes = try Self.matrix().to(.float8e4m3)
        let source = try open([("a.weight", codes), ("a.bias", .zeros([3], dtype: .float8e4m3))], in: directory)
        #expect(source.info("a.weight") == TensorInfo(dtype: .float8e4m3, shape: [3, 4]))
        #expect(try bytes(of: source.tensor("a.weight")) == bytes(of: codes))
        let coded = try #require(try source.coded("a.weight") as? Float8Matrix)
        #expect(coded.scale == 1)
        #expect(try coded.values(as: .float32).values(as: Float.self) == codes.values(as: Float.self))
        #expect(try source.coded("a.bias") == nil)
    }

    @Test(arguments: [[3, 1], [3]]) func int8StandsForItsNumbers(_ scaleShape: [Int]) throws {
        let directory = try TemporaryDirectory()
        let matrix = try EightBitMatrix(Self.matrix())
        let source = try open([("a.weight", matrix.codes), ("a.weight_scale", matrix.scale.reshaped(scaleShape)), ("ids", Tensor([1] as [Int64], shape: [1]))], in: directory)
        #expect(Set(source.keys) == ["a.weight", "ids"])
        #expect(source.info("a.weight") == TensorInfo(dtype: .float32, shape: [3, 4]))
        #expect(source.stored("a.weight") == StoredForm(name: "int8 with scales", byteCount: 24))
        let coded = try #require(try source.coded("a.weight") as? EightBitMatrix)
        let expected = try matrix.values(as: .float32).values(as: Float.self)
        #expect(try coded.values(as: .float32).values(as: Float.self) == expected)
        #expect(try source.tensor("a.weight").values(as: Float.self) == expected)
        #expect(try coded.rows(2..<3).values(as: .float32).values(as: Float.self) == Array(expected[8...]))
        let worst = zip(expected, Self.values).map { abs($0 - $1) }.max() ?? 1
        #expect(worst > 0 && worst < 0.01)
    }

    @Test func newerNamesMeanTheSame() throws {
        let directory = try TemporaryDirectory()
        let scale = try Tensor([0.5] as [Float], shape: [])
        let source = try open(
            [
                ("a.weight", Self.matrix().to(.float8e4m3)), ("a.weight_scale", scale), ("a.input_scale", scale),
                ("a.comfy_quant", Tensor([123, 125] as [UInt8], shape: [2])),
            ], in: directory)
        #expect(source.keys == ["a.weight"])
        #expect(try (source.coded("a.weight") as? Float8Matrix)?.scale == 0.5)
    }

    @Test func aScaleBesideWideNumbersCounts() throws {
        let directory = try TemporaryDirectory()
        let scale = try Tensor([2] as [Float], shape: [])
        let source = try open(
            [
                ("a.weight", Self.matrix().to(.float8e4m3)), ("a.scale_weight", scale), ("scaled_fp8", .zeros([2], dtype: .float8e4m3)),
                ("b.weight", Self.matrix()), ("b.scale_weight", scale),
            ], in: directory)
        #expect(try source.tensor("b.weight").values(as: Float.self) == Self.values.map { 2 * $0 })
        #expect(Set(source.keys) == ["a.weight", "b.weight"])
    }

    @Test func missingAndMisshapenScalesAreNamed() throws {
        let float8 = try Self.matrix().to(.float8e4m3), int8 = try Self.matrix().to(.int8)
        let mark = ("scaled_fp8", try Tensor.zeros([0], dtype: .float8e4m3))
        let cases: [([(name: String, tensor: Tensor)], String)] = [
            ([("a.weight", float8), mark], "'a.weight' is stored in float8e4m3 without its scale 'a.scale_weight'"),
            ([("a.weight", int8)], "'a.weight' is stored in int8 without its scale 'a.weight_scale'"),
            ([("a.weight", float8), ("a.scale_weight", try .ones([3])), mark], "the scale 'a.scale_weight' is float32 [3], expected"),
            ([("a.weight", float8), ("a.scale_weight", try .ones([3]))], "the scale 'a.scale_weight' is float32 [3], expected"),
            ([("a.weight", int8), ("a.weight_scale", try .ones([4]))], "'a.weight_scale' is float32 [4], expected floating-point numbers in the shape [3, 1] or [3]"),
            ([("a.weight", int8), ("a.weight_scale", try .ones([3], dtype: .int32))], "'a.weight_scale' is int32 [3]"),
        ]
        for (tensors, expected) in cases {
            let directory = try TemporaryDirectory()
            let message = checkpointError { _ = try open(tensors, in: directory) }
            #expect(message.contains(expected) && message.contains("x.safetensors"), "\(message)")
        }
    }

    @Test func aScaleWithoutAWeightStaysAKey() throws {
        let directory = try TemporaryDirectory()
        let source = try open([("a.weight", Self.matrix().to(.float8e4m3)), ("b.scale_weight", .ones([]))], in: directory)
        #expect(Set(source.keys) == ["a.weight", "b.scale_weight"])
    }

    @Test func keyMapsKeepCodes() throws {
        let directory = try TemporaryDirectory()
        let codes = try Self.matrix().to(.float8e4m3), eight = try EightBitMatrix(Self.matrix() * 3)
        let source = try open(
            [
                ("q.weight", codes), ("q.scale_weight", Tensor([2] as [Float], shape: [])), ("k.weight", eight.codes), ("k.weight_scale", eight.scale),
                ("v.weight", codes), ("swap.weight", Self.matrix().narrowed(dim: 0, start: 0, count: 2).to(.float8e5m2)), ("all.weight", codes),
                ("wide.weight", Self.matrix().to(.bfloat16)), ("part.weight", codes),
            ], in: directory)
        let mapped = try KeyMap([
            .fuse(["q.weight", "k.weight", "v.weight"], into: "qkv.weight"), .swapHalves("swap.weight", to: "swapped.weight"),
            .split("all.weight", into: [.init("one.weight", count: 1), .init("two.weight", count: 2)]), .rename("v.{p}", to: "x.{p}"),
            .fuse(["part.weight", "wide.weight"], into: "mixed.weight"),
        ]).applied(to: source)
        for key in ["qkv.weight", "swapped.weight", "one.weight", "two.weight"] {
            let coded = try #require(try mapped.coded(key), "\(key)")
            #expect(coded.shape == mapped.info(key)?.shape)
            #expect(try coded.values(as: .float32).values(as: Float.self) == mapped.tensor(key).values(as: Float.self), "\(key)")
        }
        #expect(mapped.info("qkv.weight") == TensorInfo(dtype: .float32, shape: [9, 4]))
        #expect(mapped.stored("qkv.weight")?.byteCount == 12 + 4 + 12 + 12 + 12)
        #expect(mapped.stored("two.weight") == StoredForm(name: "float8e4m3", byteCount: 8))
        // One part in wide numbers makes numbers of all.
        #expect(try mapped.coded("mixed.weight") == nil)
        #expect(mapped.info("mixed.weight") == TensorInfo(dtype: .float32, shape: [6, 4]))
        let expected = try codes.values(as: Float.self) + Self.matrix().to(.bfloat16).values(as: Float.self)
        #expect(try mapped.tensor("mixed.weight").values(as: Float.self) == expected)
    }

    @Test func onlyTheTensorsBelowAPrefixAreSeen() throws {
        let directory = try TemporaryDirectory()
        let scale = try Tensor([2] as [Float], shape: [])
        let source = try open(
            [
                ("model.diffusion_model.a.weight", Self.matrix().to(.float8e4m3)), ("model.diffusion_model.a.scale_weight", scale),
                ("model.diffusion_model.scaled_fp8", .zeros([0], dtype: .float8e4m3)), ("vae.b", .zeros([2])),
            ], in: directory)
        let network = PrefixedSource(source, prefix: "model.diffusion_model.")
        #expect(network.keys == ["a.weight"] && network.info("b") == nil && network.files == [directory.file("x.safetensors")])
        #expect(try (network.coded("a.weight") as? Float8Matrix)?.scale == 2)
        #expect(network.stored("a.weight")?.name == "float8e4m3 with a scale")
        #expect(try network.tensor("a.weight").values(as: Float.self) == source.tensor("model.diffusion_model.a.weight").values(as: Float.self))
    }
}
