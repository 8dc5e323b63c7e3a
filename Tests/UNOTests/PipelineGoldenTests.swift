import Checkpoints
import Flux
import Foundation
import Generation
import Imaging
import TestSupport
import Testing
import Torch
import UNO

/// The whole pipeline against the official one (`golden/uno-e2e`): every stored tensor and the picture.
@Suite(.enabled(if: Golden.isAvailable("uno-e2e"), Golden.absence))
struct PipelineGoldenTests {
    struct Parameters: Decodable {
        let prompt: String
        let width, height, effective_width, effective_height: Int
        let seed, global_seed_before_call: UInt64
        let refs: [String]
        let ref_long_side, num_steps: Int
        let pe: PositionVariant
        let guidance: Double
        let compute_dtype: String
        let lora_weight: Double
    }

    static let cases = ["t2i", "one_ref", "two_refs_odd_size", "three_refs_pe_h", "four_refs", "two_refs_bf16"]

    @Test(arguments: cases, [false, true]) func pictureAndEveryTensorMatch(name: String, merges: Bool) throws {
        let golden = try Golden("uno-e2e")
        let parameters = try golden.decoded("cases/\(name)/params.json", as: Parameters.self)
        let isBFloat16 = parameters.compute_dtype == "bf16"
        let dump = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path
        defer { try? FileManager.default.removeItem(atPath: dump) }

        let model = try FluxModel(ModelDirectory(path: golden.path("model")), merges: merges, dtype: isBFloat16 ? .bfloat16 : .float32)
        let result = try UNOPipeline(model)(try request(parameters, golden), dump: DumpFile(path: dump)) { _ in }

        let expected = try golden.tensors("cases/\(name)/expected.safetensors")
        try compare(SafetensorsReader(path: dump), expected, stepCount: parameters.num_steps, isBFloat16: isBFloat16)
        #expect(result.image.size == PixelSize(width: parameters.effective_width, height: parameters.effective_height))
        try comparePicture(result.image, PictureFile.read(golden.path("cases/\(name)/expected.png")), isBFloat16: isBFloat16)
    }

    private func request(_ parameters: Parameters, _ golden: Golden) throws -> GenerationRequest {
        var request = GenerationRequest(prompt: parameters.prompt)
        request.references = try parameters.refs.map { Reference(name: $0, image: try PictureFile.read(golden.path($0))) }
        request.width = parameters.width
        request.height = parameters.height
        request.stepCount = parameters.num_steps
        request.guidance = parameters.guidance
        request.seed = parameters.seed
        request.posterior = .seeded(parameters.global_seed_before_call)
        request.referenceSize = parameters.ref_long_side
        request.positions = parameters.pe
        request.noiseType = parameters.compute_dtype == "bf16" ? .bfloat16 : .float32
        return request
    }

    private func compare(_ actual: SafetensorsReader, _ expected: GoldenTensors, stepCount: Int, isBFloat16: Bool) throws {
        func check(_ name: String, _ goldenName: String, _ limit: Double?) throws {
            let value = try actual.tensor(name), reference = try expected[goldenName]
            switch limit {
            case nil: try expectClose(value, reference, .exact, goldenName)
            case .some where isBFloat16: try expectRelativeL2(value, reference, atMost: 2e-2, goldenName)
            case .some(let limit): try expectClose(value, reference, .golden(limit), goldenName)
            }
        }
        for name in ["noise", "t5_ids", "clip_ids", "timesteps"] { try check(name, name, nil) }
        try check("txt", "txt", 5e-5)
        try check("vec", "vec", 5e-5)
        for index in 0..<expected.keys.filter({ $0.hasPrefix("ref_latent.") }).count {
            try check("ref.\(index).latents", "ref_latent.\(index)", 5e-5)
            try check("ref.\(index).ids", "ref_img_ids.\(index)", nil)
        }
        for step in 0...stepCount { try check("latents.\(step)", "latent.step\(step)", 1e-4) }
        guard !isBFloat16 else { return }
        try expectClose(actual.tensor("image").unsqueezed(0), expected["decoded"], .golden(5e-4), "decoded")
    }

    private func comparePicture(_ actual: PixelImage, _ expected: PixelImage, isBFloat16: Bool) throws {
        let differences = zip(actual.pixels, expected.rgb().pixels).map { abs(Int($0) - Int($1)) }
        guard isBFloat16 else {
            #expect(differences.max() ?? 0 <= 1)
            #expect(differences.filter { $0 > 0 }.count <= differences.count / 200)
            return
        }
        let meanSquare = Double(differences.reduce(0) { $0 + $1 * $1 }) / Double(differences.count)
        #expect(meanSquare == 0 || 10 * log10(255 * 255 / meanSquare) >= 40)
    }
}
