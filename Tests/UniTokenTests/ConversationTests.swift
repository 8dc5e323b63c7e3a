import Foundation
import Generation
import Imaging
import TestSupport
import Testing
import Tokenizers
import Torch
import UniToken

/// Conversations beyond what the official program does: several pictures, pictures in answers, turns kept as tokens.
@Suite(.enabled(if: UniTokenFixture.isAvailable && Golden.isAvailable("chameleon-tokenizer"), Golden.absence))
struct ConversationTests {
    let fixture: UniTokenFixture
    let pipeline: UniTokenPipeline

    init() throws {
        fixture = try UniTokenFixture()
        pipeline = UniTokenPipeline(try fixture.model())
    }

    struct Official: Decodable {
        let qas: [[String?]]
        let prompt_ids: [Int]
        let pieces: [Piece]

        struct Piece: Decodable {
            let ids: [Int]
        }
    }

    @Test func theTemplateIsTheOfficialOne() throws {
        let golden = try Golden("chameleon-tokenizer")
        let tokenizer = try ByteLevelTokenizerSource.tokenizer.get(), special = try SpecialTokens(tokenizer, file: "tokenizer.json")
        for row in try golden.decoded("conversation_cases.json", as: [Official].self) {
            let dot = AnswerRequest.Picture(name: "dot", image: PixelImage(width: 1, height: 1, layout: .gray, pixels: [0]))
            let turns = row.qas.map { turn in
                let count = (turn[0] ?? "").components(separatedBy: SpecialTokens.markText).count - 1
                return AnswerRequest.Turn(turn[0] ?? "", pictures: Array(repeating: dot, count: count), answer: turn[1].map { .text($0) })
            }
            let ids = try Prompt(turns, tokenizer, special).pieces.flatMap { piece in
                switch piece {
                case .tokens(let ids): ids
                case .picture: [special.mark]
                }
            }
            #expect(ids == row.prompt_ids && row.pieces.flatMap(\.ids) == row.prompt_ids)
        }
    }

    @Test func everyPictureHasItsPlace() throws {
        let pictures = try ["images/1.png", "images/2.jpg"].map { AnswerRequest.Picture(name: $0, image: try fixture.golden.picture($0)) }
        let special = pipeline.model.tokens.special
        let marked = try Prompt([.init("a <|image|> b <|image|> c", pictures: pictures)], pipeline.model.tokenizer, special)
        #expect(marked.pieces.count == 5 && marked.pieces[1] == .picture(0) && marked.pieces[3] == .picture(1))
        let implicit = try Prompt([.init("first", answer: .text("ok")), .init("both?", pictures: pictures)], pipeline.model.tokenizer, special)
        let written = try Prompt([.init("first", answer: .text("ok")), .init("<|image|> <|image|> both?", pictures: pictures)], pipeline.model.tokenizer, special)
        #expect(implicit.pieces == written.pieces)

        let reading = try pipeline.read(marked)
        #expect(reading.continuous.count == 2 && reading.discreteIDs.count { $0 == special.endOfPicture } == 2)
        #expect(reading.vectors.shape[0] == reading.discreteIDs.count + 2 + reading.continuous.reduce(0) { $0 + $1.shape[0] })
        // The second picture's continuous tokens stand between the separator and the end of the second picture.
        let ends = reading.discreteIDs.indices.filter { reading.discreteIDs[$0] == special.endOfPicture }
        let start = ends[1] + 1 + reading.continuous[0].shape[0] + 1
        let found = try reading.vectors.narrowed(dim: 0, start: start, count: reading.continuous[1].shape[0])
        try expectClose(found, reading.continuous[1], .exact)
        let end = try reading.vectors.narrowed(dim: 0, start: start + reading.continuous[1].shape[0], count: 1)
        try expectClose(end, pipeline.model.language.embeddings([special.endOfPicture]), .exact)
    }

    /// A model that begins a picture within an answer has it drawn, and writes on.
    @Test func answersMayHoldPicturesBetweenWords() throws {
        let special = pipeline.model.tokens.special
        var pieces: [String] = [], rows = 0, previews: [PixelSize] = [], pictures = 0
        let writer = PicturedAnswer(pipeline.model, limit: 80, previewInterval: 2) { event in
            switch event {
            case .token(_, let text): pieces.append(text)
            case .row(_, _, _, let preview):
                rows += 1
                if let preview { previews.append(preview.size) }
            case .picture: pictures += 1
            default: break
            }
        }
        let tokens = pipeline.model.tokens
        let picture = tokens.ids(Array(0..<16), rows: 4, columns: 4)
        let text = pipeline.model.tokenizer.ids("Here: "), end = pipeline.model.tokenizer.ids(" There.")
        try writer.write(text + picture + end + picture.prefix(9))
        #expect(pieces.joined() == "Here:  There." && rows == 5 && pictures == 1 && previews == [PixelSize(width: 64, height: 32)])
        #expect(writer.text == "Here: <|image|> There." && writer.pictures.map(\.size) == [PixelSize(width: 64, height: 64)])

        // As a turn, the picture stays and what was not finished goes.
        let turns: [AnswerRequest.Turn] = [.init("Draw.", answer: .tokens(text + picture + end + picture.prefix(9))), .init("More?")]
        let ids = try pipeline.read(Prompt(turns, pipeline.model.tokenizer, special)).discreteIDs
        let question = [special.start] + pipeline.model.tokenizer.ids("Draw.<reserved08706>")
        #expect(ids == question + text + picture + end + [special.endOfTurn] + pipeline.model.tokenizer.ids("More?<reserved08706>"))
    }

    @Test func seedsDecideDraws() throws {
        func tokens(_ seed: UInt64, temperature: Double = 1) throws -> [Int] {
            var request = AnswerRequest(turns: [.init("Write a short poem about the sea.")])
            (request.maxTokens, request.temperature, request.seed) = (16, temperature, seed)
            return try pipeline.answer(request) { _ in }.tokens
        }
        #expect(try tokens(1) == tokens(1))
        #expect(try tokens(1) != tokens(2))
        let greedy = try #require(fixture.cases["chat_1"]).generated_ids.prefix(16)
        #expect(try tokens(5, temperature: 0) == Array(greedy))
    }

    @Test func anAnswerIsStreamedAndCanBeStopped() async throws {
        let generator = UniTokenGenerator(try UniTokenDirectory(path: fixture.golden.directory.path))
        var request = AnswerRequest(turns: [.init("Write a short poem about the sea.")])
        request.maxTokens = 24
        var ids: [Int] = [], result: AnswerResult?
        for try await event in generator.answer(request, dump: nil) {
            if case .token(let id, _) = event { ids.append(id) }
            if case .finished(let finished) = event { result = finished }
        }
        #expect(ids == fixture.cases["chat_1"]?.generated_ids && result?.tokens == ids)
        request.maxTokens = 60_000
        var count = 0
        for try await event in generator.answer(request, dump: nil) {
            if case .token = event { count += 1 }
            if count == 3 { break }
        }
        #expect(count == 3, "leaving the loop stops the work; the suite would run for minutes otherwise")
    }
}

/// The tokenizer of the golden set, loaded once.
enum ByteLevelTokenizerSource {
    static let tokenizer = Result { try ByteLevelTokenizer(path: Golden("chameleon-tokenizer").path("hf"), adding: [SpecialTokens.markText]) }
}

/// Feeds tokens to a writer as a loop would.
final class PicturedAnswer {
    private let writer: AnswerWriter
    private var grammar: PictureGrammar

    init(_ model: UniTokenModel, limit: Int, previewInterval: Int?, emit: @escaping (AnswerEvent) -> Void) {
        writer = AnswerWriter(model, limit: limit, previewInterval: previewInterval, emit: emit)
        grammar = PictureGrammar(model.tokens, grids: PictureGrids(height: 2, width: 2))
    }

    var text: String { writer.text }
    var pictures: [PixelImage] { writer.pictures }

    func write(_ ids: [Int]) throws {
        for id in ids {
            grammar.append(id)
            try writer.write(id, grammar)
        }
    }
}
