import Checkpoints
import Foundation
import Generation
import Imaging
import TestSupport
import Testing
import Torch
import UniToken

/// Pictures drawn token by token against the official program (`golden/unitoken-e2e`).
@Suite(.enabled(if: UniTokenFixture.isAvailable, Golden.absence))
struct DrawingGoldenTests {
    static let cases = ["t2i_greedy", "t2i_multinomial", "t2i_cfg1_temperature", "t2i_truncated", "t2i_full_512"]

    @Test(arguments: cases) func everyTokenScoreAndPixelMatches(_ name: String) throws {
        let fixture = try UniTokenFixture(), row = try #require(fixture.cases[name])
        let pipeline = UniTokenPipeline(try fixture.model())
        let settings = try settings(row, pipeline.model.directory.description.defaults)
        let prompt = try Prompt([.init(settings.question)], pipeline.model.tokenizer, pipeline.model.tokens.special)
        #expect(try pipeline.read(prompt).discreteIDs + [16853, 8197] == fixture.expected["\(name).prompt_ids"].values(as: Int.self))

        var steps: [Int: TokenLoop.Step] = [:], streamed = ""
        let result = try pipeline.draw(settings, maxTokens: row.max_gen_len, stopsAfterPicture: false, observe: { steps[$0.number] = $0 }) { event in
            if case .token(_, let text) = event { streamed += text }
        }
        try checkTokens(result, name, row, fixture)
        for number in 0..<row.generated_ids.count { try check(#require(steps[number]), name, row, fixture) }
        try checkPictures(result, name, row, fixture)
    }

    private func settings(_ row: UniTokenFixture.Case, _ defaults: UniTokenDescription.Defaults) throws -> DrawingSettings {
        var request = GenerationRequest(prompt: row.prompt ?? "")
        (request.drawing.cfg, request.drawing.imageTopK, request.drawing.textTopK) = (row.cfg, row.image_top_k, row.text_top_k)
        (request.drawing.temperature, request.drawing.isGreedy) = (row.temperature, row.do_sample == false)
        let grids = try #require(row.forced_grid_ids).map { $0 - 8804 }
        request.drawing.grids = PictureGrids(height: grids[0], width: grids[1])
        request.seed = row.generator_seed ?? 0
        return try DrawingSettings(request, defaults)
    }

    /// Draws are compared up to the first whose margin rounding could turn; this set has none below.
    private func checkTokens(_ result: AnswerResult, _ name: String, _ row: UniTokenFixture.Case, _ fixture: UniTokenFixture) throws {
        #expect(result.tokens == row.generated_ids)
        #expect(result.text.unicodeScalars.elementsEqual(row.text.unicodeScalars), "\(result.text.debugDescription) \(row.text.debugDescription)")
        #expect(result.ending == (row.generated_ids.last == 8710 ? .endOfTurn : .maxTokens))
    }

    private func check(_ step: TokenLoop.Step, _ name: String, _ row: UniTokenFixture.Case, _ fixture: UniTokenFixture) throws {
        func expectNear(_ actual: Tensor, _ part: String, _ place: Int, _ limit: Double) throws {
            let ids = try fixture.expected["\(name).\(part)_ids"], values = try fixture.expected["\(name).\(part)_\(part == "candidate" ? "scores" : "logits")"]
            guard place >= 0, place < ids.shape[0] else { return }
            let known = try ids.select(dim: 0, index: place).values(as: Int.self).filter { $0 >= 0 }
            let found = try actual.indexSelected(dim: 0, Tensor(known))
            try expectClose(found, values.select(dim: 0, index: place).narrowed(dim: 0, start: 0, count: known.count), .absolute(limit), "\(part) \(place)")
        }
        try expectNear(step.conditional, "cond_top20", step.number, 1e-3)
        if fixture.expected.keys.contains("\(name).cond_logits_step\(step.number)") {
            try expectClose(step.conditional, fixture.expected["\(name).cond_logits_step\(step.number)"], .absolute(1e-3))
        }
        if let unconditional = step.unconditional {
            try expectNear(unconditional, "uncond_top20", step.number - 2, 1e-3)
            if fixture.expected.keys.contains("\(name).uncond_logits_step\(step.number)") {
                try expectClose(unconditional, fixture.expected["\(name).uncond_logits_step\(step.number)"], .absolute(1e-3))
            }
        }
        // Forced tokens have one score in the official program, and none here.
        guard let scores = step.scores else {
            #expect(row.finite_scores_per_step[step.number] == 1)
            return
        }
        #expect(try scores.isFinite().to(.int64).sum().itemInt() == row.finite_scores_per_step[step.number], "step \(step.number)")
        try expectNear(scores, "candidate", step.number, 3e-3)
    }

    private func checkPictures(_ result: AnswerResult, _ name: String, _ row: UniTokenFixture.Case, _ fixture: UniTokenFixture) throws {
        #expect(result.pictures.count == row.images_out?.count)
        guard let picture = result.pictures.first, let file = row.images_out?.first else { return }
        let reference = try fixture.golden.picture(file).rgb()
        let isCrop = picture.size != reference.size
        let shown = isCrop ? picture.cropped(left: 160, top: 160, width: reference.width, height: reference.height) : picture
        try expectAlmostEqual(shown, reference, share: 0.01, level: 1)
    }

    @Test func aGeneratorDrawsTheSamePictureAndRecordsIt() async throws {
        let fixture = try UniTokenFixture(), row = try #require(fixture.cases["t2i_multinomial"])
        let dump = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: dump) }
        var request = GenerationRequest(prompt: "A majestic phoenix with fiery wings soaring above a tranquil mountain lake")
        (request.drawing.imageTopK, request.drawing.textTopK, request.seed) = (row.image_top_k, row.text_top_k, 1234)
        (request.width, request.height) = (70, 64)
        let generator = UniTokenGenerator(try UniTokenDirectory(path: fixture.golden.directory.path))
        var rows: [Int] = [], notes: [String] = [], result: GenerationResult?
        for try await event in generator.generate(request, dump: DumpFile(path: dump.path)) {
            switch event {
            case .denoised(let step, let count, _): rows += [step, count]
            case .note(let text): notes.append(text)
            case .finished(let finished): result = finished
            default: break
            }
        }
        let drawn = try #require(result)
        #expect(rows == [1, 4, 2, 4, 3, 4, 4, 4] && notes.count == 1)
        try expectAlmostEqual(drawn.image, fixture.golden.picture("images/t2i_multinomial_0.png").rgb(), share: 0.01, level: 1)
        #expect(drawn.request.width == 64 && drawn.request.drawing.cfg == 3 && drawn.execution.type == .float32)
        let recorded = try SafetensorsReader(path: dump.path)
        let picture = row.generated_ids.prefix { $0 != 8196 } + [8196]
        #expect(try recorded.tensor("output_ids").values(as: Int.self) == Array(picture))
        #expect(try recorded.tensor("image").shape == [3, 64, 64] && recorded.keys.contains("logits.\(picture.count - 1)"))
        // What was reported draws the same again.
        for try await event in generator.generate(drawn.request, dump: nil) {
            if case .finished(let again) = event { #expect(again.image == drawn.image) }
        }
    }
}
