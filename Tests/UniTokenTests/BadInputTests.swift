import Checkpoints
import Foundation
import Generation
import Imaging
import TestSupport
import Testing
import Tokenizers
import Torch
import UniToken

/// Whatever is wrong with a question, a picture or a file is said in words; nothing ends the process.
@Suite(.enabled(if: UniTokenFixture.isAvailable, Golden.absence))
struct BadInputTests {
    let golden: Golden
    let pipeline: UniTokenPipeline

    init() throws {
        golden = try Golden("unitoken-e2e")
        pipeline = UniTokenPipeline(try UniTokenFixture().model())
    }

    private func answer(_ turns: [AnswerRequest.Turn], maxTokens: Int = 2, change: (inout AnswerRequest) -> Void = { _ in }) throws -> AnswerResult {
        var request = AnswerRequest(turns: turns)
        request.maxTokens = maxTokens
        change(&request)
        return try pipeline.answer(request) { _ in }
    }

    private func picture(_ width: Int, _ height: Int) -> AnswerRequest.Picture {
        let pixels = (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        return .init(name: "\(width)x\(height).png", image: PixelImage(width: width, height: height, layout: .rgb, pixels: pixels))
    }

    @Test(arguments: [(1, 1), (1, 5000), (5000, 1), (3, 3)]) func picturesOfAnyShapeAreLookedAt(_ width: Int, _ height: Int) throws {
        #expect(try answer([.init("What?", pictures: [picture(width, height)])]).tokens.count == 2)
    }

    @Test func marksAndPicturesMustAgree() throws {
        #expect(throws: UniTokenError.tooManyMarks(marks: 2, pictures: 1)) { try answer([.init("<|image|><|image|>?", pictures: [picture(8, 8)])]) }
        #expect(throws: UniTokenError.tooManyMarks(marks: 1, pictures: 0)) { try answer([.init("<|image|>?")]) }
        #expect(throws: UniTokenError.tooFewMarks(marks: 1, pictures: 2)) {
            try answer([.init("<|image|>?", pictures: [picture(8, 8), picture(9, 9)])])
        }
        #expect(throws: UniTokenError.tooManyMarks(marks: 1, pictures: 0)) { try answer([.init("a", answer: .text("<|image|>")), .init("b")]) }
    }

    @Test func aQuestionBeyondTheContextNamesBothLengths() throws {
        let text = String(repeating: "x y ", count: 5000)
        let error = #expect(throws: UniTokenError.self) { try answer([.init(text)]) }
        let count = pipeline.model.tokenizer.ids(text).count + 2
        #expect(error == .questionTooLong(tokens: count, limit: 4096))
        #expect(error?.description.contains("\(count)") == true && error?.description.contains("4096") == true)
    }

    @Test func tokensOutsideTheVocabularyAreNamed() throws {
        #expect(throws: UniTokenError.unknownToken(16896, vocabulary: 16896)) {
            try answer([.init("a", answer: .tokens([16896])), .init("b")])
        }
    }

    @Test func valuesOutOfRangeAreNamed() throws {
        func expect(_ name: String, _ change: (inout AnswerRequest) -> Void) throws {
            let error = #expect(throws: RequestError.self) { try answer([.init("a")], change: change) }
            #expect(error?.description.hasPrefix(name) == true, "\(error?.description ?? "")")
        }
        try expect("max-tokens") { $0.maxTokens = 0 }
        try expect("max-tokens") { $0.maxTokens = .max }
        try expect("temperature") { $0.temperature = -1 }
        try expect("temperature") { $0.temperature = .nan }
        try expect("cfg") { $0.drawing.cfg = .infinity }
        try expect("image-top-k") { $0.drawing.imageTopK = 0 }
        try expect("grids") { $0.drawing.grids = PictureGrids(height: 0, width: 4) }
        try expect("question") { $0.turns = [] }
        try expect("question") { $0.turns = [.init("a", answer: .text("b"))] }
    }

    @Test func emptyTextsAreAnswered() throws {
        #expect(try answer([.init("")]).tokens.count <= 2)
        #expect(try answer([.init("a", answer: .text("")), .init("b")]).tokens.count <= 2)
        #expect(try answer([.init("a", answer: .tokens([])), .init("b")]).tokens.count <= 2)
    }

    // MARK: drawing

    private func refusal(_ change: (inout GenerationRequest) -> Void) throws -> String {
        var request = GenerationRequest(prompt: "a fox")
        change(&request)
        let error = #expect(throws: RequestError.self) { try pipeline.draw(request) { _ in } }
        return error?.description ?? ""
    }

    @Test func whatMeansNothingToItIsRefused() throws {
        #expect(try refusal { $0.stepCount = 4 }.contains("no use for --steps"))
        #expect(try refusal { $0.guidance = 4 }.contains("no use for --guidance"))
        #expect(try refusal { $0.trueCFG = 2 }.contains("no use for --true-cfg"))
        #expect(try refusal { $0.negativePrompt = "blurry" }.contains("no use for --negative"))
        #expect(try refusal { $0.references = [Reference(name: "a.png", image: picture(4, 4).image)] }.contains("1 references are given"))
        #expect(try refusal { $0.firstStepGuidance = 2 }.contains("--first-step-guidance"))
        #expect(try refusal { $0.prompt = "  " }.contains("prompt is empty"))
        #expect(try refusal { $0.width = 16 }.contains("size is 16x512"))
        #expect(try refusal { $0.width = 64; $0.drawing.grids = PictureGrids(height: 2, width: 2) }.contains("one of the two"))
        #expect(try refusal { $0.drawing.grids = PictureGrids(height: 64, width: 64) }.contains("context of 4096"))
    }

    // MARK: files

    private func failure(_ change: (String) -> String = { $0 }, files: [String: String] = [:], links: [String: String] = [:]) throws -> String {
        let folder = try TemporaryModel(golden, change: change, files: files)
        do {
            _ = try UniTokenModel(UniTokenDirectory(path: folder.path), dtype: .float32)
            return ""
        } catch { return "\(error)" }
    }

    @Test func wrongDescriptionsAreRefused() throws {
        #expect(try failure { $0.replacing("\"vqgan\":", with: "\"vqgam\":") }.contains("unknown key 'files.vqgam'"))
        #expect(try failure { $0.replacing("unitoken", with: "uno") }.contains("system 'uno'"))
        #expect(try failure { $0.replacing("\"cfg\": 3.0", with: "\"cfg\": 1e9") }.contains("cfg is 1000000000.0"))
        #expect(try failure { $0.replacing("  16,\n", with: "") }.contains("holds 1 numbers"))
        #expect(try failure { _ in "[" }.contains("no JSON object"))
        #expect(throws: UniTokenError.notFound("/nowhere")) { try UniTokenDirectory(path: "/nowhere") }
        let empty = FileManager.default.temporaryDirectory.appendingPathComponent("unitoken-empty-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: empty) }
        let error = #expect(throws: UniTokenError.self) { try UniTokenDirectory(path: empty) }
        #expect(error?.description.contains("vqgan.ckpt") == true)
        #expect(!UniTokenDirectory.isUniToken(empty) && UniTokenDirectory.isUniToken(golden.directory.path))
    }

    @Test func filesOfAnotherVocabularyAreRefused() throws {
        // Weights of 9216 tokens under a tokenizer of 16896.
        let shared = golden.directory.deletingLastPathComponent()
        let lm = shared.appendingPathComponent("chameleon-lm/mha").path, hf = shared.appendingPathComponent("chameleon-tokenizer/hf/tokenizer.json").path
        let other = FileManager.default.temporaryDirectory.appendingPathComponent("unitoken-lm-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: other) }
        try FileManager.default.createSymbolicLink(atPath: "\(other)/config.json", withDestinationPath: "\(lm)/config.json")
        try FileManager.default.createSymbolicLink(atPath: "\(other)/tokenizer.json", withDestinationPath: hf)
        #expect(try failure { $0.replacing("\"checkpoint\"", with: "\"\(other)\"") }.contains("16896 tokens and its weights 9216"))
        // Codes in scrambled order, and fewer of them.
        let scrambled = shared.appendingPathComponent("vqgan/tokenizer/text_tokenizer.json").path
        #expect(try failure { $0.replacing("ckpts/chameleon/tokenizer/text_tokenizer.json", with: scrambled) }.contains("another vocabulary"))
        #expect(try failure { $0.replacing("ckpts/chameleon/tokenizer/vqgan.yaml", with: shared.appendingPathComponent("vqgan/tokenizer/vqgan.yaml").path) }
            .contains("another vocabulary"))
    }

    @Test func officialFoldersNeedNoDescription() throws {
        let folder = try TemporaryModel(golden)
        try FileManager.default.removeItem(atPath: "\(folder.path)/model.json")
        let directory = try UniTokenDirectory(path: folder.path)
        #expect(directory.description.files.languageModel == "checkpoint" && directory.description.isAnyResolution == nil)
        #expect(UniTokenDirectory.isUniToken(folder.path))
    }
}
