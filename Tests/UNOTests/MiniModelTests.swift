import Flux
import Foundation
import Generation
import Imaging
import TestSupport
import Testing
import Torch
import UNO

/// The embedded model through the whole pipeline.
struct MiniModelTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    struct Prompt: Decodable {
        let prompt, sample: String
        let references: [String]
        let seed: UInt64
        let steps: Int
        let true_cfg: Double
    }

    private func model(_ dtype: DType) throws -> FluxModel {
        try FluxModel(ModelDirectory(path: Self.root.appendingPathComponent("Models/mini").path), dtype: dtype)
    }

    /// The official classes drew these pictures from the same weights.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: Golden.shared.appendingPathComponent("mini/prompts.json").path), Golden.absence))
    func picturesEqualTheOfficialSamples() throws {
        let directory = Golden.shared.appendingPathComponent("mini")
        let prompts = try JSONDecoder().decode([Prompt].self, from: Data(contentsOf: directory.appendingPathComponent("prompts.json")))
        let pipeline = UNOPipeline(try model(.float32))
        for test in prompts {
            var request = GenerationRequest(prompt: test.prompt)
            request.references = try test.references.map {
                Reference(name: $0, image: try PictureFile.read(directory.appendingPathComponent($0).path))
            }
            request.seed = test.seed
            request.stepCount = test.steps
            request.trueCFG = test.true_cfg
            request.posterior = .mean
            request.noiseType = .float32
            let image = try pipeline(request) { _ in }.image
            let expected = try PictureFile.read(directory.appendingPathComponent(test.sample).path).rgb()
            #expect(image.size == expected.size)
            let worst = zip(image.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
            #expect(worst <= 1, "\(test.sample): \(worst) levels")
        }
    }

    private func request() throws -> GenerationRequest {
        let reference = Self.root.appendingPathComponent("Models/mini/references/00_a.png").path
        var request = GenerationRequest(prompt: "a star toy in the snow")
        request.references = [Reference(name: reference, image: try PictureFile.read(reference))]
        request.stepCount = 2
        return request
    }

    @Test func equalRequestsGiveEqualBytes() throws {
        let pipeline = UNOPipeline(try model(.float32))
        let first = try pipeline(request()) { _ in }.image
        var other = try request()
        other.seed = 5
        #expect(try pipeline(other) { _ in }.image != first)
        #expect(try pipeline(request()) { _ in }.image == first)
    }

    @Test func eventsComeInOrderAndEndWithThePicture() async throws {
        let generator = UNOGenerator(try ModelDirectory(path: Self.root.appendingPathComponent("Models/mini").path))
        var stages: [GenerationEvent.Stage] = [], steps: [Int] = [], result: GenerationResult?
        for try await event in generator.generate(try request()) {
            switch event {
            case .began(let stage): stages.append(stage)
            case .denoised(let step, 2, _): steps.append(step)
            case .finished(let finished): result = finished
            default: break
            }
        }
        #expect(stages == [.loading, .encodingText, .encodingReferences, .denoising, .decoding])
        #expect(steps == [1, 2])
        #expect(result?.image.size == PixelSize(width: 64, height: 64))
        #expect(result?.request.trueCFG == 2)
    }

    @Test func cancellingStopsBetweenBlocks() async throws {
        let generator = UNOGenerator(try ModelDirectory(path: Self.root.appendingPathComponent("Models/mini").path))
        var request = try request()
        request.stepCount = 1000
        let stream = generator.generate(request)
        let work = Task {
            var steps = 0
            for try await event in stream {
                if case .denoised = event { steps += 1 }
                if steps == 2 { break }
            }
            return steps
        }
        #expect(try await work.value == 2)
        // The generator is free again for the next request: the first one has stopped.
        var count = 0
        request.stepCount = 1
        for try await event in generator.generate(request) { if case .finished = event { count += 1 } }
        #expect(count == 1)
    }
}
