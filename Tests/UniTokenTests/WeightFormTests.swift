import Foundation
import Generation
import TestSupport
import Testing
import Torch
import UniToken

/// Weights in 8 bits: the language model answers from nearly the same logits (`golden/unitoken-e2e`).
@Suite(.enabled(if: UniTokenFixture.isAvailable, Golden.absence))
struct WeightFormTests {
    @Test(arguments: [WeightForm.int8, .float8]) func theFirstLogitsAreNearlyThoseOfNumbers(_ form: WeightForm) throws {
        let fixture = try UniTokenFixture(), numbers = try logits(.loaded, fixture), coded = try logits(form, fixture)
        func product(_ a: Tensor, _ b: Tensor) throws -> Double { try (a * b).sum().item() }
        let cosine = try product(numbers, coded) / (product(numbers, numbers) * product(coded, coded)).squareRoot()
        #expect(cosine > 0.99 && cosine < 0.9999999, "\(cosine)")
    }

    private func logits(_ weights: WeightForm, _ fixture: UniTokenFixture) throws -> Tensor {
        let directory = try UniTokenDirectory(path: fixture.golden.directory.path), row = try #require(fixture.cases["chat_1"])
        let pipeline = UniTokenPipeline(try UniTokenModel(directory, dtype: .float32, weights: weights))
        var request = AnswerRequest(turns: try fixture.turns(row)), first: Tensor?
        request.maxTokens = 1
        _ = try pipeline.answer(request, dump: nil, observe: { first = first ?? $0.conditional }) { _ in }
        return try #require(first)
    }
}
