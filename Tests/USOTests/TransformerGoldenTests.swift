import Checkpoints
import Flux
import Generation
import Layers
import TestSupport
import Testing
import Torch
import USO
import VisionModels

/// Style tokens, adapter and positions through the transformer, against the official one (`golden/uso-dit`).
@Suite(.enabled(if: Golden.isAvailable("uso-dit"), Golden.absence))
struct TransformerGoldenTests {
    /// What a case feeds the model: indices of its style pictures, and how many references.
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let styles: [Int]
        let referenceCount: Int

        var testDescription: String { file }
    }

    static let cases = [0, 1, 2].flatMap { styles in
        [0, 1].map { Case(file: "style\(styles)_content\($0)", styles: Array(0..<styles), referenceCount: $0) }
    } + [Case(file: "content2_two_references", styles: [0], referenceCount: 2), Case(file: "style_order_swapped", styles: [1, 0], referenceCount: 1)]

    @Test(arguments: cases, AdapterAttachment.allCases) func everythingMatchesInFloat32(test: Case, attachment: AdapterAttachment) throws {
        let run = try Run(.float32, attachment)
        let result = try run(styles: test.styles, referenceCount: test.referenceCount)
        let expected = try Golden("uso-dit").tensors("\(test.file).safetensors")
        for (name, value) in result.values where expected.keys.contains(name) {
            if name.hasSuffix("ids") {
                try expectClose(value, expected[name], .exact, name)
            } else {
                try expectEveryValueClose(value, expected[name], absolute: 5e-5, relative: 5e-5, name)
            }
        }
        // The rotations have a test of their own; the embedded time is one of `golden/flux-dit`.
        let compared = Set(result.values.keys).union(["pe", "time_embedding"])
        #expect(Set(expected.keys).isSubset(of: compared), "\(expected.keys)")
    }

    @Test func rotationsMatch() throws {
        let run = try Run(.float32, .merged)
        let expected = try Golden("uso-dit").tensors("style2_content1.safetensors")
        let ids = try #require(run(styles: [0, 1], referenceCount: 1).values["ids"]).select(dim: 0, index: 0)
        let table = try RotaryTable(ids: ids, axesDim: run.configuration.axesDim, theta: run.configuration.theta)
        // The official matrices are [[cos, -sin], [sin, cos]].
        let pe = try expected["pe"].select(dim: 0, index: 0).select(dim: 0, index: 0)
        let column = try pe.select(dim: -1, index: 0)
        try expectEveryValueClose(table.cos, column.select(dim: -1, index: 0), absolute: 1e-6, "cos")
        try expectEveryValueClose(table.sin, column.select(dim: -1, index: 1), absolute: 1e-6, "sin")
    }

    @Test(arguments: PositionVariant.allCases) func positionsMatch(variant: PositionVariant) throws {
        let run = try Run(.float32, .merged)
        let expected = try Golden("uso-dit").tensors("pe_modes.safetensors")
        let values = try run(styles: [], referenceCount: 2, variant).values
        try expectClose(#require(values["ids"]), expected["\(variant.rawValue).ids"], .exact, "ids")
        try expectEveryValueClose(#require(values["pred"]), expected["\(variant.rawValue).pred"], absolute: 5e-5, relative: 5e-5, "pred")
    }

    @Test func baseModelMatchesWithoutItsAdapter() throws {
        let pred = try Run(.float32, nil)(styles: [], referenceCount: 1).values["pred"]
        try expectEveryValueClose(#require(pred), Golden("uso-dit").tensors("no_lora.safetensors")["pred"], absolute: 5e-5, relative: 5e-5)
    }

    @Test(arguments: [(0, 0), (1, 1), (2, 1)]) func outputMatchesInBFloat16(styles: Int, references: Int) throws {
        let values = try Run(.bfloat16, .merged)(styles: Array(0..<styles), referenceCount: references).values
        let expected = try Golden("uso-dit").tensors("bf16_style\(styles)_content\(references).safetensors")
        try expectDifference(#require(values["pred"]), expected["pred"], largest: 0.12, mean: 0.012, "pred")
    }

    /// The set's model and inputs.
    struct Run {
        struct Settings: Decodable {
            struct Projector: Decodable {
                let siglip_token_nums, style_token_nums, siglip_token_dims: Int
            }

            let flux: FluxConfiguration
            let style_projector: Projector
        }

        let configuration: FluxConfiguration
        private let inputs: GoldenTensors
        private let dtype: DType
        private let transformer: FluxTransformer
        private let projector: StyleProjector
        private let siglip: SigLIPVisionEncoder

        /// - Parameter attachment: nil leaves the adapter out.
        init(_ dtype: DType, _ attachment: AdapterAttachment?) throws {
            let golden = try Golden("uso-dit")
            let settings = try golden.decoded("config.json", as: Settings.self)
            let configuration = settings.flux
            self.configuration = configuration
            self.dtype = dtype
            inputs = try golden.tensors("inputs.safetensors")
            let loaded = try ParameterScope.load(Checkpoint.open(golden.path("flux1-dev.safetensors")), dtype: dtype) {
                try FluxTransformer(configuration, at: $0)
            }
            if let attachment {
                try loaded.attach([AdapterFile(path: golden.path("dit_lora.safetensors"))], merges: attachment == .merged, dtype: dtype, device: .cpu)
            }
            transformer = loaded.model
            var style = StyleConfiguration.official
            style.siglipTokenCount = settings.style_projector.siglip_token_nums
            style.tokenCount = settings.style_projector.style_token_nums
            style.siglipWidth = settings.style_projector.siglip_token_dims
            projector = try ParameterScope.load(Checkpoint.open(golden.path("projector.safetensors")), dtype: dtype) {
                [style] in try StyleProjector(style, hiddenSize: configuration.hiddenSize, at: $0)
            }.model
            siglip = try SigLIPDirectory.encoder(golden.path("siglip"), dtype: .float32).model
        }

        private func styleTokens(_ index: Int) throws -> Tensor {
            let states = projector.configuration.siglipLayers.compactMap { siglip.configuration.stateIndex($0) }
            return try projector(siglip.hiddenStates(inputs["style\(index).pixel_values"], at: states))
        }

        /// Everything that a case may store, by its name there.
        func callAsFunction(styles: [Int], referenceCount: Int, _ variant: PositionVariant = .d) throws -> (values: [String: Tensor], velocity: Tensor) {
            let style = try styles.map { try styleTokens($0) }
            let latent = try inputs["latent"].to(dtype), txt = try inputs["txt"].to(dtype)
            let references = try ["ref_latent", "ref_latent2"].prefix(referenceCount).map { try inputs[$0].to(dtype) }
            func grid(_ tensor: Tensor) -> TokenGrid { TokenGrid(rows: tensor.shape[2] / 2, columns: tensor.shape[3] / 2) }
            let leading = style.reduce(0) { $0 + $1.shape[1] }
            let ids = try UnoPE.positionIDs(
                textCount: leading + txt.shape[1], target: grid(latent), references: references.map(grid), variant: variant)
            let packed = try latent.packedLatents()
            let conditioning = try transformer.conditioning(FluxInputs(
                txt: txt, vec: inputs["vec"].to(dtype), style: style, references: references.map { try $0.packedLatents() }, ids: ids,
                timesteps: inputs["timestep"].to(dtype).unsqueezed(0), guidance: inputs["guidance"].to(dtype)))
            var seen: [String: Tensor] = [:]
            let velocity = try transformer(packed, conditioning, step: 0) { seen[$0] = $1 }
            var values: [String: Tensor] = try [
                "pred": velocity, "ids": ids.unsqueezed(0), "img": packed, "img_ids": grid(latent).positionIDs().unsqueezed(0),
                "txt_ids": TokenGrid.textPositionIDs(count: txt.shape[1]).unsqueezed(0),
            ]
            values["after_double_img"] = seen["double_blocks.\(configuration.depth - 1).img"]
            values["after_double_txt"] = seen["double_blocks.\(configuration.depth - 1).txt"]
            values["after_single"] = seen["single_blocks.\(configuration.singleDepth - 1)"]
            for (index, tokens) in style.enumerated() { values["style_tokens.\(index)"] = tokens }
            for (index, reference) in references.enumerated() { values["ref_img.\(index)"] = try reference.packedLatents() }
            let referenceIDs = try UnoPE.referencePositionIDs(target: grid(latent), references: references.map(grid), variant: variant)
            for (index, ids) in referenceIDs.enumerated() { values["ref_img_ids.\(index)"] = try ids.unsqueezed(0) }
            return (values, velocity)
        }
    }
}
