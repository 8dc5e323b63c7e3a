import Checkpoints
import DreamO
import Flux
import Foundation
import Generation
import Imaging
import TestSupport
import Testing
import Torch

/// The whole pipeline against the official one (`golden/dreamo-e2e`): every stored tensor and the picture.
@Suite(.enabled(if: Golden.isAvailable("dreamo-e2e"), Golden.absence))
struct PipelineGoldenTests {
    struct Parameters: Decodable {
        struct Picture: Decodable {
            let file, task: String
            let idx: Int
        }
        let prompt, dtype: String
        let neg: String?
        let height, width, steps, cfg_start, cfg_end: Int
        let guidance, first, true_cfg, neg_guidance: Double
        let latents_rng_seed, global_rng_seed: UInt64
        let refs: [Picture]
    }

    static let cases = [
        "ip", "id", "ip_ip", "id_ip", "style", "three_refs_tokens", "true_cfg", "first_step", "no_refs", "second_slot_only_odd_size", "bf16",
    ]

    @Test(arguments: cases, [true, false]) func pictureAndEveryTensorMatch(name: String, merges: Bool) throws {
        let golden = try Golden("dreamo-e2e")
        let parameters = try golden.decoded("cases/\(name)/case.json", as: Parameters.self)
        let isBFloat16 = parameters.dtype == "bfloat16"
        let dump = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path
        defer { try? FileManager.default.removeItem(atPath: dump) }

        let pipeline = try DreamOPipeline(
            ModelDirectory(path: golden.path("model.json")), merges: merges,
            placement: Placement(device: .cpu, dtype: isBFloat16 ? .bfloat16 : .float32))
        let result = try withoutGradients { try pipeline(request(parameters, golden), dump: DumpFile(path: dump)) { _ in } }

        let comparison = try Comparison(SafetensorsReader(path: dump), golden.tensors("cases/\(name)/case.safetensors"), isBFloat16)
        try comparison.checkInputs(referenceCount: parameters.refs.count)
        try comparison.checkSteps(parameters.steps)
        let expected = try PictureFile.read(golden.path("cases/\(name)/expected.png")).rgb()
        #expect(result.image.size == expected.size)
        let worst = zip(result.image.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
        #expect(worst <= (isBFloat16 ? 16 : 1), "\(worst) levels")
    }

    private func request(_ parameters: Parameters, _ golden: Golden) throws -> GenerationRequest {
        let roles: [String: Reference.Role] = ["ip": .subject, "id": .face, "style": .style]
        var request = GenerationRequest(prompt: parameters.prompt)
        request.references = try parameters.refs.map { picture in
            Reference(
                role: try #require(roles[picture.task]), name: picture.file, image: try PictureFile.read(golden.path(picture.file)), slot: picture.idx)
        }
        request.preparation = .none
        request.negativePrompt = parameters.neg
        request.trueCFG = parameters.true_cfg
        request.cfgWindow = parameters.cfg_start..<parameters.cfg_end
        request.negativeGuidance = parameters.neg_guidance
        (request.width, request.height, request.stepCount) = (parameters.width, parameters.height, parameters.steps)
        request.guidance = parameters.guidance
        request.firstStepGuidance = parameters.first
        request.seed = parameters.latents_rng_seed
        request.posterior = .seeded(parameters.global_rng_seed)
        request.noiseType = parameters.dtype == "bfloat16" ? .bfloat16 : .float32
        return request
    }

    @Test func picturesThatTheModelCannotTakeAreRefused() throws {
        let golden = try Golden("dreamo-e2e")
        let pipeline = try DreamOPipeline(
            ModelDirectory(path: golden.path("model.json")), placement: Placement(device: .cpu, dtype: .float32))
        var request = GenerationRequest(prompt: "a cup")
        (request.width, request.height, request.stepCount) = (32, 32, 1)
        request.references = [Reference(name: "odd.png", image: PixelImage(width: 24, height: 16, layout: .rgb, pixels: .init(repeating: 9, count: 1152)))]
        func problem() -> String {
            do {
                _ = try pipeline(request) { _ in }
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(problem().contains("odd.png") && problem().contains("--prepare none"))
        request.preparation = .none
        #expect(problem().contains("24x16") && problem().contains("multiples of 16"))
    }

    /// A run's dump beside the official tensors.
    struct Comparison {
        let actual: SafetensorsReader
        let expected: GoldenTensors
        let isBFloat16: Bool

        init(_ actual: SafetensorsReader, _ expected: GoldenTensors, _ isBFloat16: Bool) {
            (self.actual, self.expected, self.isBFloat16) = (actual, expected, isBFloat16)
        }

        func checkInputs(referenceCount: Int) throws {
            for (name, original) in [
                ("noise", "noise"), ("t5_ids", "t5_input_ids"), ("clip_ids", "clip_input_ids"), ("timesteps", "timesteps"), ("sigmas", "sigmas"),
                ("embeddings", "embeddings"), ("latents.0", "latents_init_packed"),
            ] {
                try expectClose(actual.tensor(name), expected[original], .exact, name)
            }
            try check("txt", expected["prompt_embeds"], 2e-5)
            try check("vec", expected["pooled_prompt_embeds"], 2e-5)
            #expect((actual.info("negative_txt") != nil) == expected.keys.contains("negative_prompt_embeds"))
            if actual.info("negative_txt") != nil {
                try check("negative_txt", expected["negative_prompt_embeds"], 2e-5)
                try check("negative_vec", expected["negative_pooled_prompt_embeds"], 2e-5)
            }
            var start = try expected["noise"].count / 64
            for index in 0..<referenceCount {
                let latents = try expected["ref\(index)_latent_packed"]
                try check("ref.\(index).latents", latents, 2e-4)
                let ids = try expected["img_ids"].to(.float32).narrowed(dim: 1, start: start, count: latents.shape[1])
                try expectClose(actual.tensor("ref.\(index).ids"), ids, .exact, "ref.\(index).ids")
                start += latents.shape[1]
            }
        }

        func checkSteps(_ count: Int) throws {
            for step in 0..<count { try check("latents.\(step + 1)", expected["step\(step)_latents"], 2e-4) }
            if isBFloat16 {
                let last = try Difference(actual.tensor("latents.\(count)"), expected["step\(count - 1)_latents"])
                #expect(last.mean <= 0.02 && last.largest <= 0.15, "\(last)")
            } else {
                try expectClose(actual.tensor("image").unsqueezed(0), expected["image_float"], .absolute(2e-4), "image")
            }
        }

        /// In bfloat16 single values may be off by a few roundings.
        private func check(_ name: String, _ reference: Tensor, _ limit: Double) throws {
            let value = try actual.tensor(name)
            guard isBFloat16 else { return try expectClose(value, reference, .absolute(limit), name) }
            try expectRelativeL2(value.to(.float32), reference.to(.float32), atMost: 2e-2, name)
        }
    }
}
