import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Flux

/// The transformer against the official one, activation by activation (`golden/flux-dit`).
@Suite(.enabled(if: Golden.isAvailable, Golden.absence))
struct TransformerGoldenTests {
    static let cases = ["noref_fp32", "refs_fp32", "schnell_fp32", "noref_bf16", "refs_bf16"]

    @Test(arguments: cases) func everyActivationMatchesTheOfficialOne(name: String) throws {
        let run = try Run(name)
        let expected = try run.expected()
        for (key, value) in expected {
            guard key.hasPrefix("act.") else { continue }
            let actual = try #require(run.activations[String(key.dropFirst(4))], "no activation \(key)")
            try run.expectClose(actual, value, key)
        }
        try run.expectClose(run.output, try #require(expected["out"]), "out")
    }

    /// One forward pass of the transformer, recomposed from its parts so that inner values can be seen.
    struct Run {
        var activations: [String: Tensor] = [:]
        let output: Tensor
        private let golden: Golden
        private let expectedFile: String
        private let isBFloat16: Bool

        init(_ name: String) throws {
            golden = try Golden("flux-dit")
            isBFloat16 = name.hasSuffix("bf16")
            let dtype: DType = isBFloat16 ? .bfloat16 : .float32
            let stem = name.split(separator: "_")[0]
            expectedFile = "expected_\(name).safetensors"
            let checkpoint = stem == "schnell" ? "flux1-schnell" : "flux1-dev"
            let settings = try golden.json("config.json")
            let configuration = try FluxConfiguration.decoded(from: settings, "checkpoints", checkpoint)
            let transformer = try ParameterScope.load(Checkpoint.open(golden.path("\(checkpoint).safetensors")), dtype: dtype) {
                try FluxTransformer(configuration, at: $0)
            }.model
            let inputs = try golden.tensors("inputs_\(stem)_fp32.safetensors")
            (activations, output) = try Self.forward(transformer, inputs, dtype)
        }

        func expected() throws -> [String: Tensor] { try golden.tensors(expectedFile) }

        func expectClose(_ actual: Tensor, _ expected: Tensor, _ name: String) throws {
            try TestSupport.expectClose(actual, expected, isBFloat16 ? .bfloat16Golden : .float32Golden, "\(name)")
        }

        private static func forward(
            _ transformer: FluxTransformer, _ inputs: [String: Tensor], _ dtype: DType
        ) throws -> ([String: Tensor], Tensor) {
            let heads = transformer.configuration.headCount
            let referenceKeys = inputs.keys.filter { $0.hasPrefix("in.ref_img.") }.sorted()
            let idKeys = ["in.txt_ids", "in.img_ids"] + inputs.keys.filter { $0.hasPrefix("in.ref_img_ids.") }.sorted()
            let ids = try Tensor.concatenated(idKeys.map { try #require(inputs[$0]).select(dim: 0, index: 0) }, dim: 0)
            let timesteps = try #require(inputs["in.timesteps"]).to(dtype)
            let run = FluxInputs(
                txt: try #require(inputs["in.txt"]).to(dtype), vec: try #require(inputs["in.y"]).to(dtype),
                references: try referenceKeys.map { try #require(inputs[$0]).to(dtype) }, ids: ids,
                timesteps: try timesteps.unsqueezed(0), guidance: try inputs["in.guidance"]?.to(dtype))
            var seen: [String: Tensor] = [:]
            seen["timestep_embedding"] = try timestepEmbedding(timesteps)
            seen["time_in"] = try transformer.timeIn(timestepEmbedding(timesteps))
            if let guidance = run.guidance { seen["guidance_in"] = try transformer.guidanceIn?(timestepEmbedding(guidance)) }
            seen["vector_in"] = try transformer.vectorIn(run.vec)
            let conditioning = try transformer.conditioning(run)
            seen["vec"] = try conditioning.vec.select(dim: 0, index: 0)
            seen["txt_embedded"] = conditioning.txt
            let latents = try #require(inputs["in.img"]).to(dtype)
            seen["pe"] = try matrices(conditioning.pe, batch: latents.shape[0])
            let unrotated = try conditioning.pe.identity()

            func see(_ name: String, _ q: Tensor, _ k: Tensor) { (seen["\(name).attn.q"], seen["\(name).attn.k"]) = (q, k) }
            func attend(_ name: String, _ q: Tensor, _ k: Tensor, _ v: Tensor) throws {
                (seen["\(name).attn.q_rope"], seen["\(name).attn.k_rope"], seen["\(name).attn.v"]) = (q, k, v)
                seen["\(name).attn.out"] = try Tensor.attention(q: q, k: k, v: v)
            }
            var img = try transformer.embedded(latents, conditioning), txt = conditioning.txt
            seen["img_embedded"] = img
            for (index, block) in transformer.doubleBlocks.enumerated() {
                let name = "double_blocks.\(index)", modulation = try conditioning.double[index].at(step: 0)
                let plain = try block.queryKeyValue(img: img, txt: txt, modulation: modulation, pe: unrotated)
                see(name, plain.q, plain.k)
                let rotated = try block.queryKeyValue(img: img, txt: txt, modulation: modulation, pe: conditioning.pe)
                try attend(name, rotated.q, rotated.k, rotated.v)
                (img, txt) = try block(img: img, txt: txt, modulation: modulation, pe: conditioning.pe)
                (seen["\(name).img"], seen["\(name).txt"]) = (img, txt)
            }
            var joint = try Tensor.concatenated([txt, img], dim: 1)
            for (index, block) in transformer.singleBlocks.enumerated() {
                let name = "single_blocks.\(index)", modulation = try conditioning.single[index].at(step: 0)
                let plain = try block.queryKeyValue(joint, modulation: modulation, pe: unrotated)
                see(name, plain.q, plain.k)
                let rotated = try block.queryKeyValue(joint, modulation: modulation, pe: conditioning.pe)
                try attend(name, rotated.q, rotated.k, rotated.v)
                joint = try block(joint, modulation: modulation, pe: conditioning.pe)
                seen[name] = joint
            }
            _ = heads
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
