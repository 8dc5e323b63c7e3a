import Checkpoints
import Flux
import Generation
import Layers
import TestSupport
import Testing
import Torch
import UNO

/// UNO's adapter and positions against the official ones (`golden/uno-lora`).
@Suite(.enabled(if: Golden.isAvailable("uno-lora"), Golden.absence))
struct AdapterGoldenTests {
    struct Settings: Decodable {
        let params: FluxConfiguration
    }

    @Test(arguments: AdapterAttachment.allCases) func outputsMatchInFloat32(attachment: AdapterAttachment) throws {
        let run = try Run(dtype: .float32)
        for variant in PositionVariant.allCases {
            try run.expect("out.pe_\(variant.rawValue)", attachment, weight: 1, variant)
        }
        try run.expect("out.noref", attachment, weight: 1, .d, withReferences: false)
        try run.expect("out.processor_weight_0.5", attachment, weight: 0.5, .d)
        // The official set_lora scales both matrices, so the change scales with the square.
        try run.expect("out.set_lora_weight_0.7", attachment, weight: 0.49, .d)
        try run.expect("out.no_lora", attachment, weight: nil, .d)
    }

    @Test(arguments: AdapterAttachment.allCases) func outputMatchesInBFloat16(attachment: AdapterAttachment) throws {
        let run = try Run(dtype: .bfloat16)
        let output = try run.output(attachment, weight: 1, .d).output
        try expectRelativeL2(output, run.expected["out.bf16"], atMost: 2e-2)
    }

    @Test func everyBlockMatches() throws {
        let run = try Run(dtype: .float32)
        let (_, seen) = try run.output(.merged, weight: 1, .d)
        for key in run.expected.keys where key.hasPrefix("act.") {
            try expectClose(try #require(seen[String(key.dropFirst(4))]), run.expected[key], .golden(2e-5), key)
        }
    }

    @Test func takingAdaptersOffRestoresTheWeightsBitForBit() throws {
        let run = try Run(dtype: .bfloat16)
        let before = try run.weights()
        _ = try run.output(.merged, weight: -1.5, .d)
        #expect(try run.weights() != before)
        _ = try run.output(.merged, weight: nil, .d)
        #expect(try run.weights() == before)
    }

    @Test func packingAndPositionsAreExact() throws {
        let run = try Run(dtype: .float32)
        try expectClose(run.inputs["in.latent"].packedLatents(), run.expected["packed.img"], .exact)
        for index in 0..<2 {
            try expectClose(run.inputs["in.ref_latent.\(index)"].packedLatents(), run.expected["packed.ref_img.\(index)"], .exact)
        }
        for variant in PositionVariant.allCases {
            let ids = try UnoPE.referencePositionIDs(target: run.target, references: run.references, variant: variant)
            for index in 0..<2 {
                try expectClose(ids[index].unsqueezed(0), run.expected["ref_img_ids.pe_\(variant.rawValue).\(index)"], .exact)
            }
        }
        try expectClose(run.target.positionIDs().unsqueezed(0), run.expected["img_ids"], .exact)
    }

    @Test func positionsOfEverySizeAreExact() throws {
        let set = try Golden("uno-lora").tensors("position_ids.safetensors")
        #expect(set.keys.count > 10)
        for key in set.keys {
            let parts = key.split(separator: ".").map(String.init)
            let target = grid(parts[1].dropFirst("target".count))
            switch parts[2] {
            case "img_ids": try expectClose(target.positionIDs().unsqueezed(0), set[key].to(.float32), .exact, key)
            case "txt_ids": try expectClose(TokenGrid.textPositionIDs(count: 3).unsqueezed(0), set[key].to(.float32), .exact, key)
            default:
                let variant = try #require(PositionVariant(rawValue: String(parts[2].dropFirst(3))))
                let siblings = set.keys.filter { $0.hasPrefix("\(parts[0]).\(parts[1]).\(parts[2]).ref") }
                    .sorted { reference($0).index < reference($1).index }
                let ids = try UnoPE.referencePositionIDs(
                    target: target, references: siblings.map { reference($0).grid }, variant: variant)
                try expectClose(ids[reference(key).index].unsqueezed(0), set[key].to(.float32), .exact, key)
            }
        }
    }

    private func grid(_ text: some StringProtocol) -> TokenGrid {
        let sides = text.split(separator: "x").compactMap { Int($0) }
        return TokenGrid(rows: sides[0] / 2, columns: sides[1] / 2)
    }

    private func reference(_ key: String) -> (index: Int, grid: TokenGrid) {
        let name = key.split(separator: ".")[3].dropFirst(3).split(separator: "_")
        return (Int(name[0]) ?? -1, grid(name[1]))
    }

    /// The set's model and inputs.
    struct Run {
        let inputs, expected: GoldenTensors
        let configuration: FluxConfiguration
        let loaded: Loaded<FluxTransformer>
        let dtype: DType
        let target: TokenGrid
        let references: [TokenGrid]
        private let adapterPath: String

        init(dtype: DType) throws {
            let golden = try Golden("uno-lora")
            self.dtype = dtype
            inputs = try golden.tensors("inputs.safetensors")
            expected = try golden.tensors("expected.safetensors")
            let configuration = try golden.decoded("config.json", as: Settings.self).params
            self.configuration = configuration
            adapterPath = golden.path("dit_lora.safetensors")
            loaded = try ParameterScope.load(Checkpoint.open(golden.path("flux1-dev.safetensors")), dtype: dtype) {
                try FluxTransformer(configuration, at: $0)
            }
            func grid(_ tensor: Tensor) -> TokenGrid { TokenGrid(rows: tensor.shape[2] / 2, columns: tensor.shape[3] / 2) }
            target = try grid(inputs["in.latent"])
            references = try [grid(inputs["in.ref_latent.0"]), grid(inputs["in.ref_latent.1"])]
        }

        func weights() throws -> [[Float]] {
            try loaded.parameters.modules.compactMap { try ($0.module as? AdaptableWeight)?.value().values(as: Float.self) }
        }

        func expect(
            _ key: String, _ attachment: AdapterAttachment, weight: Double?, _ variant: PositionVariant, withReferences: Bool = true
        ) throws {
            let output = try output(attachment, weight: weight, variant, withReferences: withReferences).output
            try expectClose(output, expected[key], .golden(2e-5), key)
        }

        func output(
            _ attachment: AdapterAttachment, weight: Double?, _ variant: PositionVariant, withReferences: Bool = true
        ) throws -> (output: Tensor, seen: [String: Tensor]) {
            let adapters = try weight.map {
                try ProcessorAdapterKeys.adapters(in: Checkpoint.open(adapterPath), configuration: configuration, weight: $0, dtype: dtype)
            }
            for (path, module) in loaded.parameters.modules {
                guard let layer = module as? AdaptableWeight else { continue }
                try layer.attach(adapters?[path].map { [$0] } ?? [], as: attachment)
            }
            let grids = withReferences ? references : []
            let txt = try inputs["in.txt"].to(dtype)
            let run = FluxInputs(
                txt: txt, vec: try inputs["in.vec"].to(dtype),
                references: try grids.indices.map { try inputs["in.ref_latent.\($0)"].to(dtype).packedLatents() },
                ids: try UnoPE.positionIDs(textCount: txt.shape[1], target: target, references: grids, variant: variant),
                timesteps: try inputs["in.timesteps"].to(dtype).unsqueezed(0), guidance: try inputs["in.guidance"].to(dtype))
            let transformer = loaded.model
            let conditioning = try transformer.conditioning(run)
            var seen: [String: Tensor] = [:]
            let latents = try inputs["in.latent"].to(dtype).packedLatents()
            let output = try transformer(latents, conditioning, step: 0) { seen[$0] = $1 }
            return (output, seen)
        }
    }
}
