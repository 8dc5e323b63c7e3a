import Checkpoints
import Flux
import Layers
import TestSupport
import Testing
import Torch

/// Adapter files of every layout, merged into a transformer, against the official programs' result (`golden/dreamo-lora`).
@Suite(.enabled(if: Golden.isAvailable("dreamo-lora") && Golden.isAvailable("diffusers-layout"), Golden.absence))
struct AdapterFusionGoldenTests {
    struct Settings: Decodable {
        struct Dimensions: Decodable {
            let heads, head_dim, double, single, in_channels: Int
            let axes: [Int]
            let t5, clip: [String: Int]
        }
        let dims: Dimensions
        let adapter_weights: [String: [String: Double]]
        let layouts_adapter_weight: Double

        var flux: FluxConfiguration {
            get throws {
                try FluxConfiguration.dev.with {
                    $0.hiddenSize = dims.heads * dims.head_dim
                    ($0.headCount, $0.axesDim, $0.inChannels) = (dims.heads, dims.axes, dims.in_channels)
                    ($0.depth, $0.singleDepth) = (dims.double, dims.single)
                    $0.contextInDim = dims.t5["d_model"] ?? 0
                    $0.vecInDim = dims.clip["hidden_size"] ?? 0
                }.validated()
            }
        }
    }

    /// The files behind the names of the official program's adapters, in its order.
    static let files = [
        ("dreamo", "dreamo"), ("cfg", "dreamo_cfg_distill"), ("turbo", "diffusion_pytorch_model"),
        ("quality_pos", "dreamo_quality_lora_pos"), ("quality_neg", "dreamo_quality_lora_neg"),
        ("sft_lora", "v1.1/dreamo_sft_lora"), ("dpo_lora", "v1.1/dreamo_dpo_lora"),
    ]

    private let golden: Golden
    private let settings: Settings

    init() throws {
        golden = try Golden("dreamo-lora")
        settings = try golden.decoded("config.json")
    }

    private func transformer(_ dtype: DType) throws -> Loaded<FluxTransformer> {
        let flux = try settings.flux
        return try ParameterScope.load(Checkpoint.open(Golden("diffusers-layout").path("bfl/flux1-dev.safetensors")), dtype: dtype) {
            try FluxTransformer(flux, at: $0)
        }
    }

    /// The weights of all linear layers, with adapters.
    private func weights(_ loaded: Loaded<FluxTransformer>) throws -> [String: Tensor] {
        try loaded.parameters.modules.reduce(into: [:]) { weights, module in
            if let weight = module.module as? AdaptableWeight { weights["\(module.path).weight"] = try weight.value() }
        }
    }

    private func adapters(_ version: String, turbo: Bool) throws -> [AdapterFile] {
        let weights = try #require(settings.adapter_weights[version])
        return Self.files.compactMap { name, file in
            guard let weight = weights[name], turbo || name != "turbo" else { return nil }
            return AdapterFile(path: golden.path("models/\(file).safetensors"), weight: weight)
        }
    }

    @Test(arguments: [("v1", true, "fused_v1_bfl"), ("v1_1", true, "fused_v1.1_bfl"), ("v1_1", false, "fused_v1.1_noturbo_bfl")])
    func setsFuseAsInTheOfficialProgram(version: String, turbo: Bool, file: String) throws {
        let loaded = try transformer(.float32)
        try loaded.attach(adapters(version, turbo: turbo), merges: true, dtype: .float32, device: .cpu)
        let expected = try golden.tensors("\(file).safetensors"), actual = try weights(loaded)
        #expect(try actual.count == settings.flux.linearLayers.count)
        for (key, value) in actual { try expectClose(value, expected[key], .absolute(1e-6), key) }
    }

    @Test func inBFloat16EveryBitIsTheOfficialOne() throws {
        let loaded = try transformer(.bfloat16)
        try loaded.attach(adapters("v1_1", turbo: true), merges: true, dtype: .bfloat16, device: .cpu)
        let expected = try golden.tensors("fused_v1.1_bf16_bfl.safetensors")
        for (key, value) in try weights(loaded) { try expectClose(value, expected[key], .exact, key) }
    }

    @Test(arguments: [
        "dreamo_style_other_prefix_and_passthrough", "kohya_alpha", "peft_alpha_per_module", "peft_mixed_rank_no_alpha", "peft_no_alpha", "xlabs",
    ])
    func everyLayoutFusesAsInTheOfficialProgram(layout: String) throws {
        let loaded = try transformer(.float32)
        let file = AdapterFile(path: golden.path("layouts/\(layout).safetensors"), weight: settings.layouts_adapter_weight)
        try loaded.attach([file], merges: true, dtype: .float32, device: .cpu)
        let expected = try originalNames(changed: golden.tensors("layouts/\(layout).expected.safetensors"))
        let actual = try weights(loaded)
        for (key, value) in actual { try expectClose(value, try #require(expected[key]), .absolute(1e-6), key) }
    }

    struct Mapping: Decodable {
        struct Entry: Decodable {
            let bfl: String, diffusers: [String], op: String
        }
        let transformer: [Entry]
    }

    /// The base's tensors with some of them changed, from diffusers' names to the original ones by the golden set's own table.
    private func originalNames(changed: GoldenTensors) throws -> [String: Tensor] {
        let set = try Golden("diffusers-layout")
        let base = try Checkpoint.open(set.path("FLUX.1-dev/transformer"))
        func tensor(_ key: String) throws -> Tensor { try changed.keys.contains(key) ? changed[key] : base.tensor(key) }
        var tensors: [String: Tensor] = [:]
        for entry in try set.decoded("mapping.json", as: Mapping.self).transformer where base.info(entry.diffusers[0]) != nil {
            let parts = try entry.diffusers.map(tensor)
            tensors[entry.bfl] = switch entry.op {
            case "concat0": try Tensor.concatenated(parts, dim: 0)
            case "swap_halves0": try Tensor.concatenated(parts[0].chunked(2, dim: 0).reversed(), dim: 0)
            default: parts[0]
            }
        }
        return tensors
    }

    @Test(arguments: [DType.float32, .bfloat16]) func filesSwapAndUnloadLeavingTheBaseAsItWas(dtype: DType) throws {
        let loaded = try transformer(dtype)
        func values() throws -> [String: [Float]] { try weights(loaded).mapValues { try $0.values(as: Float.self) } }
        let before = try values()
        for merges in [true, false] {
            try loaded.attach(adapters("v1_1", turbo: true), merges: merges, dtype: dtype, device: .cpu)
            #expect(try (values() != before) == merges)
            // The second file changes fewer layers than the first.
            let other = AdapterFile(path: golden.path("layouts/xlabs.safetensors"), weight: -3)
            try loaded.attach([other], merges: merges, dtype: dtype, device: .cpu)
            let swapped = try values()
            let fresh = try transformer(dtype)
            try fresh.attach([other], merges: merges, dtype: dtype, device: .cpu)
            #expect(try weights(fresh).mapValues { try $0.values(as: Float.self) } == swapped)
            try loaded.attach([], merges: merges, dtype: dtype, device: .cpu)
            #expect(try values() == before)
        }
    }

    @Test func mergedAndBesideGiveTheSameOutput() throws {
        let loaded = try transformer(.float32)
        let x = try Tensor.normal([3, 32], using: RandomGenerator(seed: 4))
        func outputs(merges: Bool) throws -> [String: Tensor] {
            try loaded.attach(adapters("v1", turbo: true), merges: merges, dtype: .float32, device: .cpu)
            return try loaded.parameters.modules.reduce(into: [:]) { outputs, module in
                guard let weight = module.module as? AdaptableWeight, weight.shape[1] == 32 else { return }
                let output = try x.linear(weight: weight.value())
                if !merges { try weight.addSideAdapters(to: output, input: x, rows: nil) }
                outputs[module.path] = output
            }
        }
        let merged = try outputs(merges: true)
        #expect(merged.count > 20)
        for (path, output) in try outputs(merges: false) { try expectClose(output, try #require(merged[path]), .float32Layer, path) }
    }
}
