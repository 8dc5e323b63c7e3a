import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

import Flux

/// The transformer against the official one, activation by activation (`golden/flux-dit`).
@Suite(.enabled(if: Golden.isAvailable("flux-dit"), Golden.absence))
struct TransformerGoldenTests {
    static let cases = ["noref_fp32", "refs_fp32", "schnell_fp32", "noref_bf16", "refs_bf16"]

    @Test(arguments: cases) func everyActivationMatchesTheOfficialOne(name: String) throws {
        let run = try Run(name)
        for key in run.expected.keys {
            let actual = key == "out" ? run.output : run.activations[String(key.dropFirst(4))]
            try run.expectClose(try #require(actual, "no activation \(key)"), run.expected[key], key)
        }
    }

    struct Settings: Decodable {
        let checkpoints: [String: FluxConfiguration]
    }

    /// One forward pass of the transformer, recomposed from its parts so that inner values can be seen.
    struct Run {
        let activations: [String: Tensor]
        let output: Tensor
        let expected: GoldenTensors
        private let isBFloat16: Bool

        init(_ name: String) throws {
            let golden = try Golden("flux-dit")
            isBFloat16 = name.hasSuffix("bf16")
            let dtype: DType = isBFloat16 ? .bfloat16 : .float32
            let stem = name.split(separator: "_")[0]
            expected = try golden.tensors("expected_\(name).safetensors")
            let checkpoint = stem == "schnell" ? "flux1-schnell" : "flux1-dev"
            let configuration = try #require(try golden.decoded("config.json", as: Settings.self).checkpoints[checkpoint])
            let transformer = try ParameterScope.load(Checkpoint.open(golden.path("\(checkpoint).safetensors")), dtype: dtype) {
                try FluxTransformer(configuration, at: $0)
            }.model
            (activations, output) = try Self.forward(transformer, golden.tensors("inputs_\(stem)_fp32.safetensors"), dtype)
        }

        func expectClose(_ actual: Tensor, _ expected: Tensor, _ name: String) throws {
            guard isBFloat16 else { return try TestSupport.expectClose(actual, expected, .golden(2e-5), name) }
            try expectRelativeL2(actual, expected, atMost: 2e-2, name)
            #expect(try Difference(actual, expected).cosine >= 0.999, "\(name)")
        }

        private static func forward(
            _ transformer: FluxTransformer, _ inputs: GoldenTensors, _ dtype: DType
        ) throws -> ([String: Tensor], Tensor) {
            let referenceKeys = inputs.keys.filter { $0.hasPrefix("in.ref_img.") }.sorted()
            let idKeys = ["in.txt_ids", "in.img_ids"] + inputs.keys.filter { $0.hasPrefix("in.ref_img_ids.") }.sorted()
            let ids = try Tensor.concatenated(idKeys.map { try inputs[$0].select(dim: 0, index: 0) }, dim: 0)
            let timesteps = try inputs["in.timesteps"].to(dtype)
            let run = FluxInputs(
                txt: try inputs["in.txt"].to(dtype), vec: try inputs["in.y"].to(dtype),
                references: try referenceKeys.map { try inputs[$0].to(dtype) }, ids: ids,
                timesteps: try timesteps.unsqueezed(0), guidance: inputs.keys.contains("in.guidance") ? try inputs["in.guidance"].to(dtype) : nil)
            var seen: [String: Tensor] = [:]
            seen["timestep_embedding"] = try timestepEmbedding(timesteps)
            seen["time_in"] = try transformer.timeIn(timestepEmbedding(timesteps))
            if let guidance = run.guidance { seen["guidance_in"] = try transformer.guidanceIn?(timestepEmbedding(guidance)) }
            seen["vector_in"] = try transformer.vectorIn(run.vec)
            let conditioning = try transformer.conditioning(run)
            seen["vec"] = try conditioning.vec.select(dim: 0, index: 0)
            seen["txt_embedded"] = conditioning.txt
            let latents = try inputs["in.img"].to(dtype)
            seen["pe"] = try matrices(conditioning.pe, batch: latents.shape[0])
            let unrotated = try RotaryTable.identity(like: conditioning.pe)

            func see(_ name: String, plain: AttentionHeads, rotated: AttentionHeads) throws {
                (seen["\(name).attn.q"], seen["\(name).attn.k"]) = (plain.q, plain.k)
                (seen["\(name).attn.q_rope"], seen["\(name).attn.k_rope"], seen["\(name).attn.v"]) = (rotated.q, rotated.k, rotated.v)
                seen["\(name).attn.out"] = try rotated.attention()
            }
            var img = try transformer.embedded(latents, conditioning), txt = conditioning.txt
            seen["img_embedded"] = img
            for (index, block) in transformer.doubleBlocks.enumerated() {
                let name = "double_blocks.\(index)", modulation = try conditioning.double[index].at(step: 0)
                try see(
                    name, plain: block.heads(img: img, txt: txt, modulation: modulation, pe: unrotated),
                    rotated: block.heads(img: img, txt: txt, modulation: modulation, pe: conditioning.pe))
                (img, txt) = try block(img: img, txt: txt, modulation: modulation, pe: conditioning.pe)
                (seen["\(name).img"], seen["\(name).txt"]) = (img, txt)
            }
            var joint = try Tensor.concatenated([txt, img], dim: 1)
            for (index, block) in transformer.singleBlocks.enumerated() {
                let name = "single_blocks.\(index)", modulation = try conditioning.single[index].at(step: 0)
                let normalized = try modulation.normalized(joint)
                try see(name, plain: block.heads(normalized, pe: unrotated), rotated: block.heads(normalized, pe: conditioning.pe))
                joint = try block(joint, modulation: modulation, pe: conditioning.pe)
                seen[name] = joint
            }
            seen["final_layer_input"] = try joint.narrowed(dim: 1, start: txt.shape[1], count: latents.shape[1])
            return (seen, try transformer(latents, conditioning, step: 0))
        }

        /// `[batch, 1, tokens, headDim / 2, 2, 2]`, as the official table is laid out.
        private static func matrices(_ pe: RotaryTable, batch: Int) throws -> Tensor {
            let rows = try Tensor.stacked([pe.cos, -pe.sin, pe.sin, pe.cos], dim: -1)
            let (tokens, pairs) = (pe.cos.shape[0], pe.cos.shape[1])
            return try rows.reshaped([1, 1, tokens, pairs, 2, 2]).expanded([batch, 1, tokens, pairs, 2, 2])
        }
    }
}
