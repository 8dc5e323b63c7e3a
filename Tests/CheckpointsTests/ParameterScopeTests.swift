import Checkpoints
import Foundation
import Testing
import Torch

/// A layer as the model targets write them.
private struct Linear {
    let weight: Tensor, bias: Tensor?

    init(_ inputs: Int, _ outputs: Int, bias: Bool = true, at scope: ParameterScope) throws {
        weight = try scope.parameter("weight", [outputs, inputs])
        self.bias = try bias ? scope.parameter("bias", [outputs]) : nil
    }
}

private struct TwoBlocks {
    let blocks: [Linear], out: Linear

    init(width: Int = 3, at scope: ParameterScope) throws {
        blocks = try (0..<2).map { try Linear(width, 2, at: scope("blocks")($0)) }
        out = try Linear(2, 2, bias: false, at: scope("out"))
    }
}

@Suite struct ParameterScopeTests {
    private static let keys = ["blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "blocks.1.bias", "out.weight"]

    /// A file with the model's tensors under `rename`d keys; a key renamed to nil is left out.
    private func source(in directory: TemporaryDirectory, extra: [String] = [], _ rename: (String) -> String? = { $0 }) throws -> SafetensorsReader {
        let shapes = [[2, 3], [2], [2, 3], [2], [2, 2]]
        var tensors: [(name: String, tensor: Tensor)] = []
        for (key, shape) in zip(Self.keys, shapes) {
            guard let name = rename(key) else { continue }
            let count = shape.reduce(1, *)
            tensors.append((name, try Tensor((0..<count).map { Float($0) + 0.5 }, shape: shape)))
        }
        for name in extra { tensors.append((name, try Tensor.zeros([1]))) }
        try SafetensorsWriter.write(tensors, to: directory.file("model.safetensors"))
        return try SafetensorsReader(path: directory.file("model.safetensors"))
    }

    @Test func aModelHoldsTheFilesTensorsInOrder() throws {
        let directory = try TemporaryDirectory()
        let loaded = try ParameterScope.load(source(in: directory)) { try TwoBlocks(at: $0) }
        #expect(loaded.parameters.parameters.map(\.path) == Self.keys)
        #expect(loaded.parameters.count == 20)
        #expect(loaded.parameters.byteCount == 80)
        #expect(try loaded.model.blocks[1].weight.values(as: Float.self) == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5])
        #expect(loaded.parameters["out.weight"] === loaded.model.out.weight)
    }

    @Test func everyProblemIsReportedAtOnce() throws {
        let directory = try TemporaryDirectory()
        let source = try source(in: directory, extra: ["ema.step", "stray"]) { $0.hasSuffix("bias") ? nil : $0 }
        let message = checkpointError { _ = try ParameterScope.load(source) { try TwoBlocks(width: 4, at: $0) } }
        #expect(message.contains("model.safetensors"))
        #expect(message.contains("2 tensors missing from the file:\n  blocks.0.bias [2]\n  blocks.1.bias [2]"))
        #expect(message.contains("2 tensors of another shape:\n  blocks.0.weight has shape [2, 3], expected [2, 4]"))
        #expect(message.contains("2 tensors in the file but not in the model:\n  ema.step\n  stray"))
    }

    @Test func theReportHoldsAllKeysAndItsTextTheFirstTwenty() throws {
        let source = ShapeSource(location: "x", tensors: (0..<50).map { ("k.\($0)", TensorInfo(dtype: .float32, shape: [1])) })
        do {
            _ = try ParameterScope.load(source) { _ in () }
            Issue.record("unexpected keys are an error")
        } catch CheckpointError.incomplete(let report) {
            #expect(report.unexpected.count == 50)
            #expect(report.description.contains("k.19\n  and 30 more"))
        }
    }

    @Test func ignoredKeysAndPrefixesMayStayUnused() throws {
        let directory = try TemporaryDirectory()
        let source = try source(in: directory, extra: ["ema.step", "ema.a.b", "logit_scale"])
        _ = try ParameterScope.load(source, ignoring: ["ema.", "logit_scale"]) { try TwoBlocks(at: $0) }
        let message = checkpointError { _ = try ParameterScope.load(source, ignoring: ["ema", "logit_scale"]) { try TwoBlocks(at: $0) } }
        #expect(message.contains("ema.a.b"), "a prefix ends in '.'")
    }

    @Test func aForeignPrefixIsRecognised() throws {
        let directory = try TemporaryDirectory()
        let source = try source(in: directory) { "model.diffusion_model.\($0)" }
        let message = checkpointError { _ = try ParameterScope.load(source) { try TwoBlocks(at: $0) } }
        #expect(message.contains("The file's keys begin with 'model.diffusion_model.'"))
    }

    @Test func theLayoutOfDiffusersIsRecognised() throws {
        let directory = try TemporaryDirectory()
        let source = try source(in: directory) { "transformer_\($0)" }
        #expect(checkpointError { _ = try ParameterScope.load(source) { try TwoBlocks(at: $0) } }.contains("diffusers"))
    }

    @Test func missingTensorsAreNamedEvenWhereBuildingThenFails() throws {
        struct Unusable: Error {}
        let directory = try TemporaryDirectory()
        let source = try source(in: directory) { $0 == "out.weight" ? nil : $0 }
        let message = checkpointError {
            _ = try ParameterScope.load(source) { scope in
                _ = try TwoBlocks(at: scope)
                throw Unusable()
            }
        }
        #expect(message.contains("out.weight [2, 2]"))
    }

    @Test func floatingPointIsConvertedAndOtherTypesAreKept() throws {
        let directory = try TemporaryDirectory()
        try SafetensorsWriter.write(
            [("w", Tensor([1.5] as [Float], shape: [1])), ("ids", Tensor([7] as [Int64], shape: [1])), ("norm", Tensor([2] as [Float], shape: [1]))],
            to: directory.file("x"))
        let reader = try SafetensorsReader(path: directory.file("x"))
        let tensors = try ParameterScope.load(reader, dtype: .bfloat16) { scope in
            try [scope.parameter("w", [1]), scope.parameter("ids", [1]), scope.parameter("norm", [1], dtype: .float32)]
        }.model
        #expect(tensors.map(\.dtype) == [.bfloat16, .int64, .float32])
        #expect(try tensors[0].values(as: Float.self) == [1.5])
    }

    @Test func tiedWeightsAreOneTensor() throws {
        let directory = try TemporaryDirectory()
        let loaded = try ParameterScope.load(source(in: directory), dtype: .float64) { scope in
            (try TwoBlocks(at: scope), try scope.parameter("out.weight", [2, 2]))
        }
        #expect(loaded.model.0.out.weight === loaded.model.1)
        #expect(loaded.parameters.parameters.count == 5)
    }

    @Test func scopesTellWhatTheFileHolds() throws {
        let directory = try TemporaryDirectory()
        let loaded = try ParameterScope.load(source(in: directory)) { scope in
            #expect(scope("blocks")(1).path == "blocks.1")
            #expect(scope("blocks")(1).contains("bias") && !scope("blocks")(2).contains("bias"))
            #expect(scope("out").info("weight")?.shape == [2, 2])
            scope("blocks")(0).record(module: directory)
            return try TwoBlocks(at: scope)
        }
        #expect(loaded.parameters.modules.map(\.path) == ["blocks.0"])
        #expect((loaded.parameters.modules[0].module as? TemporaryDirectory)?.path == directory.path)
    }

    @Test func shapesAloneBuildAModelOfAnySize() throws {
        let large = TensorInfo(dtype: .bfloat16, shape: [1 << 20, 1 << 20])
        let source = ShapeSource(location: "table", tensors: [("w", large)])
        let loaded = try ParameterScope.load(source, dtype: .float32) { try $0.parameter("w", large.shape) }
        #expect(loaded.model.shape == large.shape)
        #expect(loaded.model.dtype == .float32)
        #expect(loaded.parameters.count == 1 << 40)
    }

    @Test func missingTensorsOfAnySizeTakeNoMemory() throws {
        let source = ShapeSource(location: "table", tensors: [])
        let message = checkpointError { _ = try ParameterScope.load(source) { try $0.parameter("w", [1 << 20, 1 << 20]) } }
        #expect(message.contains("w [1048576, 1048576]"))
    }

    @Test func randomWeightsFollowTheSeedAndTheDeviation() throws {
        func weights(seed: UInt64) throws -> [[Float]] {
            let scope = ParameterScope.random(seed: seed, dtype: .float32, standardDeviation: 0.5)
            return try [scope.parameter("a", [64, 64]), scope.parameter("b", [2048, 1024])].map { try $0.values(as: Float.self) }
        }
        let (first, again, other) = try (weights(seed: 1), weights(seed: 1), weights(seed: 2))
        #expect(first == again)
        #expect(first[0] != other[0])
        for values in first {
            let mean = values.reduce(0, +) / Float(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)
            #expect(abs(mean) < 0.05 && abs(variance.squareRoot() - 0.5) < 0.02)
        }
    }

    @Test func largeRandomWeightsHaveTheirOwnMemoryAndGoOnInTheBlock() throws {
        let scope = ParameterScope.random(seed: 1, dtype: .bfloat16, standardDeviation: 1)
        let first = try scope.parameter("a", [6000, 3072]), second = try scope.parameter("b", [6000, 3072])
        #expect(first.shape == [6000, 3072] && first.dtype == .bfloat16 && first.isContiguous)
        let start = try [first, second].map { try $0.narrowed(dim: 0, start: 0, count: 1).values(as: Float.self) }
        #expect(start[0] != start[1])
        let row = (1 << 24) / 3072  // the block's values begin again within this row
        let wrapped = try first.narrowed(dim: 0, start: row, count: 2).values(as: Float.self)
        #expect(Array(wrapped[((1 << 24) - row * 3072)...].prefix(1000)) == Array(start[0].prefix(1000)))
        #expect(scope.parameters.count == 2 * 6000 * 3072)
    }

    @Test func zerosHaveTheAskedType() throws {
        let scope = ParameterScope.zeros(dtype: .float16)
        #expect(try scope("a").parameter("w", [3]).values(as: Float.self) == [0, 0, 0])
        #expect(try scope.parameter("ids", [2], dtype: .int64).dtype == .int64)
        #expect(scope.contains("anything"))
    }
}
