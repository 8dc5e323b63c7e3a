import Checkpoints
import Flux
import Foundation
import TestSupport
import Testing
import Torch

/// Transformers in fewer bits, under every name that files give their tensors.
@Suite(.enabled(if: Golden.isAvailable("diffusers-layout"), Golden.absence)) struct CodedCheckpointTests {
    private let golden: Golden
    private let folder: URL

    init() throws {
        golden = try Golden("diffusers-layout")
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("atelier-coded-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Writes a source's tensors in a type; keys stay.
    private func write(_ source: any TensorSource, _ type: StoredType) throws -> String {
        let path = folder.appendingPathComponent("\(UUID().uuidString).\(type.fileSuffix)").path
        try CheckpointConversion(source, to: type, architecture: "flux").write(to: path) { _ in }
        return path
    }

    private func configuration() throws -> FluxConfiguration {
        try #require(try ModelDirectory(path: golden.path("FLUX.1-dev")).description.flux)
    }

    /// The source loads into the network without leftovers, each code stands for the numbers, and the velocity is close to the official one.
    private func check(_ source: any TensorSource, coded count: Int, error: Double) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let configuration = try configuration()
        let transformer = try ParameterScope.load(source, dtype: .float32) { try FluxTransformer(configuration, at: $0) }.model
        var found = 0
        for key in source.keys {
            guard let matrix = try source.coded(key) else { continue }
            found += 1
            #expect(matrix.shape == source.info(key)?.shape)
            #expect(try matrix.values(as: .float32).values(as: Float.self) == source.tensor(key).to(.float32).values(as: Float.self), "\(key)")
        }
        #expect(found == count)
        let inputs = try golden.tensors("inputs.safetensors"), outputs = try golden.tensors("outputs.safetensors")
        let ids = try Tensor.concatenated([inputs["txt_ids"], inputs["img_ids"]], dim: 0)
        let conditioning = try transformer.conditioning(FluxInputs(
            txt: inputs["encoder_hidden_states"], vec: inputs["pooled_projections"], ids: ids, timesteps: inputs["timestep"].unsqueezed(0),
            guidance: inputs["guidance"]))
        let velocity = try transformer(inputs["hidden_states"], conditioning, step: 0), expected = try outputs["transformer"]
        let relative = try (velocity - expected).norm().item() / expected.norm().item()
        #expect(relative < error, "\(relative)")
        #expect(count == 0 || relative > 1e-7, "the weights are the coded ones")
    }

    /// Every linear layer of the tiny model's blocks: 10 in each of two double-stream ones, 3 in each of three single-stream ones.
    private static let blockLayers = 2 * 10 + 3 * 3

    @Test(arguments: [(StoredType.q8_0, 0.02), (.int8, 0.02), (.fp8, 0.08)]) func originalKeys(_ type: StoredType, _ error: Double) throws {
        let path = try write(Checkpoint.open(golden.path("bfl/flux1-dev.safetensors")), type)
        try check(FluxCheckpoint.transformer(path), coded: Self.blockLayers, error: error)
    }

    @Test(arguments: [(StoredType.q8_0, 0.02), (.int8, 0.02), (.fp8, 0.08)]) func diffusersKeys(_ type: StoredType, _ error: Double) throws {
        // Under diffusers' names nothing says which layers lie next to input and output, so they are coded too, where their size asks for it.
        let path = try write(Checkpoint.open(golden.path("FLUX.1-dev/transformer")), type)
        let source = try FluxCheckpoint.transformer(path)
        let coded = try source.keys.filter { try source.coded($0) != nil }
        #expect(coded.contains("double_blocks.0.img_attn.qkv.weight") && coded.contains("single_blocks.2.linear1.weight"))
        try check(source, coded: coded.count, error: error)
    }

    @Test(arguments: StoredType.allCases) func aFileOfManyNetworks(_ type: StoredType) throws {
        let transformer = try Checkpoint.open(golden.path("bfl/flux1-dev.safetensors")), autoEncoder = try Checkpoint.open(golden.path("bfl/ae.safetensors"))
        let tensors = try transformer.keys.map { (name: "model.diffusion_model.\($0)", tensor: try transformer.tensor($0)) }
            + autoEncoder.keys.map { (name: "vae.\($0)", tensor: try autoEncoder.tensor($0)) }
            + [(name: "text_encoders.t5xxl.logit_scale", tensor: try .ones([1]))]
        let path = try write(TensorTable(tensors), type)
        #expect(try Set(FluxCheckpoint.autoEncoder(path).keys) == Set(autoEncoder.keys))
        let source = try FluxCheckpoint.transformer(path)
        #expect(Set(source.keys) == Set(transformer.keys))
        let isPlain = type.dtype != nil
        try check(source, coded: isPlain ? 0 : Self.blockLayers, error: type == .fp8 ? 0.08 : 0.02)
    }

    /// Queries in one code, keys in another, values in wide numbers: what quantizers make of layers that they find important.
    @Test func partsInDifferentTypesBecomeNumbers() throws {
        let stored = try Checkpoint.open(golden.path("FLUX.1-dev/transformer"))
        let key = "transformer_blocks.0.attn.to_v.weight"
        let tensors = try stored.keys.map { (name: $0, tensor: try stored.tensor($0).to($0 == key ? .float16 : .float32)) }
        let path = folder.appendingPathComponent("mixed.safetensors").path
        try SafetensorsWriter.write(tensors, to: path)
        let source = try FluxCheckpoint.transformer(path)
        #expect(source.info("double_blocks.0.img_attn.qkv.weight")?.dtype == .float32)
        try check(source, coded: 0, error: 0.02)
    }
}
