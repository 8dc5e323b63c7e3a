import Checkpoints
import Flux
import Foundation
import Generation
import Imaging
import TestSupport
import Testing
import Torch
import UNO

/// The embedded model inside memory limits and in fewer bits.
struct MemoryLimitTests {
    private func directory() throws -> ModelDirectory {
        try ModelDirectory(path: MiniModelTests.root.appendingPathComponent("Models/mini").path)
    }

    private func request(_ steps: Int = 4) throws -> GenerationRequest {
        let reference = MiniModelTests.root.appendingPathComponent("Models/mini/references/00_a.png").path
        var request = GenerationRequest(prompt: "a star toy in the snow")
        request.references = [Reference(name: reference, image: try PictureFile.read(reference))]
        request.stepCount = steps
        return request
    }

    private func options(weights: WeightForm? = nil, limit: Int? = nil) -> ExecutionOptions {
        var options = ExecutionOptions()
        (options.device, options.type, options.weights, options.memoryLimit) = (.cpu, .float32, weights, limit)
        return options
    }

    private struct Drawn {
        var plans: [MemoryPlan] = []
        var result: GenerationResult?

        func image() throws -> PixelImage { try #require(result).image }
    }

    private func draw(_ generator: UNOGenerator, _ request: GenerationRequest) async throws -> Drawn {
        var drawn = Drawn()
        for try await event in generator.generate(request) {
            if case .planned(let plan) = event { drawn.plans.append(plan) }
            if case .finished(let result) = event { drawn.result = result }
        }
        return drawn
    }

    /// Largest and mean difference in levels.
    private func difference(_ a: PixelImage, _ b: PixelImage) -> (largest: Int, mean: Double) {
        let differences = zip(a.pixels, b.pixels).map { abs(Int($0) - Int($1)) }
        return (differences.max() ?? 255, Double(differences.reduce(0, +)) / Double(max(differences.count, 1)))
    }

    @Test func aWideLimitChangesNoPixelAndKeepsTheModel() async throws {
        let expected = try await draw(UNOGenerator(directory(), execution: options()), request())
        let generator = UNOGenerator(try directory(), execution: options(limit: 4 << 30))
        let first = try await draw(generator, request()), second = try await draw(generator, request())
        #expect(try first.image() == expected.image())
        #expect(try second.image() == expected.image())
        #expect(first.plans.map(\.transformer) == [.loaded])
        // The same plan is not told twice.
        #expect(second.plans.isEmpty)
        #expect(first.plans.first?.stages.allSatisfy { $0.holds(.transformer) } == true)
        #expect(first.result?.execution.weights == .loaded)
    }

    /// A limit that nothing but 8 bits meets, with no stage's networks in memory beside another's.
    @Test func aTightLimitIsMetWithEightBits() async throws {
        let footprint = try ModelFootprint(directory(), adapters: [], dtype: .float32)
        let planner = MemoryPlanner(
            model: footprint, sizes: try UNOPipeline.sizes(request(), directory()), flux: try #require(directory().description.flux),
            autoEncoder: try #require(directory().description.autoencoder), elementBytes: 4)
        let shortage = #expect(throws: MemoryShortage.self) { try planner.plan(limit: 1) }
        let least = try #require(shortage?.least?.peak)
        let generator = UNOGenerator(try directory(), execution: options(limit: least))
        let drawn = try await draw(generator, request()), again = try await draw(generator, request())
        let plan = try #require(drawn.plans.first)
        #expect(plan.transformer == .int8)
        #expect(plan.peak <= least)
        #expect(drawn.result?.execution.weights == .int8)
        // Networks that were let go are loaded again as they were.
        #expect(try again.image() == drawn.image())
        let chosen = try await draw(UNOGenerator(directory(), execution: options(weights: .int8)), request())
        #expect(try chosen.image() == drawn.image())

        let refusing = UNOGenerator(try directory(), execution: options(limit: least - (1 << 20)))
        await #expect(throws: MemoryShortage.self) { try await draw(refusing, request()) }
    }

    @Test(arguments: [WeightForm.stored, .int8, .float8]) func fewerBitsDrawNearlyTheSamePicture(form: WeightForm) async throws {
        let expected = try await draw(UNOGenerator(directory(), execution: options()), request())
        let drawn = try await draw(UNOGenerator(directory(), execution: options(weights: form)), request())
        let (largest, mean) = try difference(drawn.image(), expected.image())
        #expect(drawn.result?.execution.weights == form)
        switch form {
        case .stored: #expect(largest <= 1)
        case .int8: #expect(mean > 0 && mean < 1.5, "\(mean)")
        default: #expect(mean > 0 && mean < 6, "\(mean)")
        }
    }

    /// The plan's transformer, T5 and autoencoder take what they were said to take.
    @Test func theFootprintIsThatOfTheLoadedNetworks() throws {
        let directory = try directory(), footprint = try ModelFootprint(directory, adapters: [], dtype: .float32)
        for form in WeightForm.allCases {
            let source = try FluxCheckpoint.transformer(directory.file(directory.description.files.flux))
            let flux = try #require(directory.description.flux)
            let loaded = try ParameterScope.load(source, dtype: .float32, storage: WeightStorage(form), of: FluxTransformer.codedLayers) {
                try FluxTransformer(flux, at: $0)
            }
            #expect(footprint.transformer.bytes[form] == loaded.parameters.byteCount, "\(form)")
        }
    }
}
