import Checkpoints
import Flux
import Foundation
import Generation
import Imaging
import TextEncoders
import Testing
import Torch

/// Plans for the official sizes: a transformer of 12 billion parameters, T5-XXL, CLIP-L and the autoencoder, all in bfloat16 files.
struct MemoryPlannerTests {
    private static let gibibyte = 1 << 30

    /// A file of these parameters in bfloat16.
    private static func file(_ build: (ParameterScope) throws -> Void) throws -> ShapeSource {
        let scope = ParameterScope.shapes()
        try build(scope)
        return ShapeSource(location: "official", tensors: scope.parameters.parameters.map { ($0.path, TensorInfo(dtype: .bfloat16, shape: $0.tensor.shape)) })
    }

    private static func t5() throws -> T5Configuration {
        let json = """
            {"d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24, "num_heads": 64, "vocab_size": 32128, "feed_forward_proj": "gated-gelu"}
            """
        return try JSONDecoder().decode(T5Configuration.self, from: Data(json.utf8))
    }

    private static func footprint(_ dtype: DType, adapters: Int = 0) throws -> ModelFootprint {
        let flux = try file { _ = try FluxTransformer(.dev, at: $0) }, configuration = try t5()
        let text = try file { _ = try T5Encoder(configuration, at: $0) }
        let transformer = try NetworkFootprint {
            try ParameterScope.outline(of: flux, dtype: dtype, storage: $0, of: FluxTransformer.codedLayers) { try FluxTransformer(.dev, at: $0) }
        }
        let encoder = try NetworkFootprint {
            try ParameterScope.outline(of: text, dtype: dtype, storage: $0, of: T5Encoder.codedLayers) { try T5Encoder(configuration, at: $0) }
        }
        let scope = ParameterScope.shapes()
        _ = try AutoEncoder(.flux, at: scope)
        return ModelFootprint(
            transformer: transformer, t5: encoder, clip: 123_060_480 * dtype.byteCount, autoEncoder: scope.parameters.byteCount,
            adapters: adapters * 2, merging: dtype == .bfloat16 ? 0 : transformer.codableCount * dtype.byteCount)
    }

    /// 512x512 with two references of 320 pixels.
    private static func sizes(_ side: Int = 512) -> PictureSizes {
        PictureSizes(picture: PixelSize(width: side, height: side), targetTokens: side * side / 256, referenceAreas: [320 * 320, 320 * 320])
    }

    private static func planner(_ dtype: DType, side: Int = 512, adapters: Int = 0) throws -> MemoryPlanner {
        MemoryPlanner(model: try footprint(dtype, adapters: adapters), sizes: sizes(side), elementBytes: dtype.byteCount, usesKernels: dtype == .bfloat16)
    }

    @Test func theOfficialSizesAreCounted() throws {
        let model = try Self.footprint(.bfloat16)
        #expect(model.transformer.bytes[.loaded] == 2 * 11_901_408_320)
        #expect(model.t5.bytes[.loaded] == 2 * 4_762_310_656)
        // All but a hundredth of the transformer lies in its blocks.
        #expect(model.transformer.codableCount > 11_780_000_000)
        let eight = try #require(model.transformer.bytes[.int8])
        #expect(eight > 11_901_408_320 && eight < 12_100_000_000)
        #expect(try Self.footprint(.float32).transformer.bytes[.stored] == 2 * 11_901_408_320 + 2 * (11_901_408_320 - model.transformer.codableCount))
    }

    struct Expectation: Sendable {
        let limit: Int
        let type: DType
        /// Nil where the limit cannot be met.
        let transformer: WeightForm?
        /// Stages that hold the transformer.
        var keeps: [GenerationEvent.Stage] = []
    }

    @Test(arguments: [
        Expectation(limit: 48, type: .bfloat16, transformer: .loaded, keeps: [.encodingText, .encodingReferences, .denoising, .decoding]),
        Expectation(limit: 24, type: .bfloat16, transformer: .loaded, keeps: [.denoising, .decoding, .encodingReferences]),
        Expectation(limit: 20, type: .bfloat16, transformer: .int8, keeps: [.encodingText, .encodingReferences, .denoising, .decoding]),
        Expectation(limit: 16, type: .bfloat16, transformer: .int8, keeps: [.encodingReferences, .denoising, .decoding]),
        Expectation(limit: 12, type: .bfloat16, transformer: .int8, keeps: [.denoising]),
        Expectation(limit: 8, type: .bfloat16, transformer: nil),
        Expectation(limit: 64, type: .float32, transformer: .loaded, keeps: [.encodingText, .encodingReferences, .denoising, .decoding]),
        Expectation(limit: 48, type: .float32, transformer: .loaded, keeps: [.denoising, .encodingReferences, .decoding]),
        Expectation(limit: 24, type: .float32, transformer: .stored, keeps: [.denoising, .decoding, .encodingReferences]),
        Expectation(limit: 20, type: .float32, transformer: .int8, keeps: [.encodingText, .encodingReferences, .denoising, .decoding]),
        Expectation(limit: 12, type: .float32, transformer: nil),
    ])
    func officialModels(expected: Expectation) throws {
        let planner = try Self.planner(expected.type), limit = expected.limit * Self.gibibyte
        guard let form = expected.transformer else {
            #expect(throws: MemoryShortage.self) { try planner.plan(limit: limit) }
            return
        }
        let plan = try planner.plan(limit: limit)
        #expect(plan.transformer == form, "\(plan.lines)")
        #expect(plan.peak <= limit)
        #expect(Set(plan.stages.filter { $0.holds(.transformer) }.map(\.stage)) == Set(expected.keeps), "\(plan.lines)")
        #expect(plan.stages.map(\.stage) == [.encodingText, .encodingReferences, .denoising, .decoding])
        // The encoders are never there while the picture is drawn.
        #expect(plan[.denoising]?.holds(.t5) == false)
    }

    @Test func plansAreNeverAboveTheirLimitAndNeverRougherWithMoreMemory() throws {
        let order: [WeightForm] = [.int8, .stored, .loaded]
        for type in [DType.bfloat16, .float32] {
            let planner = try Self.planner(type, side: 1024, adapters: 950_000_000)
            var last = 0
            for limit in 8...72 {
                guard let plan = try? planner.plan(limit: limit * Self.gibibyte) else { continue }
                #expect(plan.peak <= limit * Self.gibibyte)
                let place = try #require(order.firstIndex(of: plan.transformer))
                #expect(place >= last, "\(limit) GiB: \(plan.transformer)")
                last = place
            }
            #expect(last == 2)
        }
    }

    @Test func whatWasAskedForIsKept() throws {
        let planner = try Self.planner(.bfloat16)
        #expect(try planner.plan(limit: 100 * Self.gibibyte, form: .int8).transformer == .int8)
        #expect(try planner.plan(limit: 100 * Self.gibibyte, form: .float8).transformer == .float8)
        let shortage = #expect(throws: MemoryShortage.self) { try planner.plan(limit: 16 * Self.gibibyte, form: .loaded) }
        #expect(shortage?.ways.map(\.kind).contains(.automaticType) == true)
    }

    @Test func adaptersAreMergedWhereThereIsRoom() throws {
        let planner = try Self.planner(.float32, adapters: 950_000_000)
        // Merged, numbers in another type than the file's stand in memory twice.
        #expect(try planner.plan(limit: 110 * Self.gibibyte).mergesAdapters)
        let beside = try planner.plan(limit: 64 * Self.gibibyte)
        #expect(beside.transformer == .loaded && !beside.mergesAdapters)
        #expect(beside[.denoising]?.holds(.adapters) == true)
        #expect(try Self.planner(.bfloat16, adapters: 950_000_000).plan(limit: 26 * Self.gibibyte).mergesAdapters)
    }

    @Test func aShortageSaysTheLeastAndWhatWouldHelp() throws {
        let planner = try Self.planner(.float32, side: 2048, adapters: 950_000_000)
        let error = #expect(throws: MemoryShortage.self) { try planner.plan(limit: 8 * Self.gibibyte) }
        let shortage = try #require(error), least = try #require(shortage.least)
        // With the least the picture can be drawn, with a little less it cannot.
        #expect(try planner.plan(limit: least.peak).peak == least.peak)
        #expect(throws: MemoryShortage.self) { try planner.plan(limit: least.peak - 1) }
        #expect(shortage.ways.map(\.kind) == [.smallerPicture(width: 1024, height: 1024), .fourBitFile])
        #expect(shortage.ways.allSatisfy { $0.bytes < least.peak })
        #expect(shortage.description.contains("The memory limit is 8.0 GiB, and the least that this picture takes is \(MemoryPlan.gibibytes(least.peak)) GiB"))
        #expect(shortage.description.contains("1024x1024"))
        #expect(shortage.description.contains("GGUF"))
    }

    @Test func aFileInFourBitsFitsIntoEight() throws {
        let model = try Self.footprint(.bfloat16)
        func inFourBits(_ network: NetworkFootprint) throws -> NetworkFootprint {
            let bytes = try #require(network.bytes[.loaded]) - 2 * network.codableCount + network.codableCount * 18 / 32
            return NetworkFootprint(bytes: [.loaded: bytes, .stored: bytes], codableCount: network.codableCount, isCoded: true)
        }
        let coded = try ModelFootprint(
            transformer: inFourBits(model.transformer), t5: inFourBits(model.t5), clip: model.clip, autoEncoder: model.autoEncoder)
        let planner = MemoryPlanner(model: coded, sizes: Self.sizes(), elementBytes: 2)
        let plan = try planner.plan(limit: 8 * Self.gibibyte)
        #expect(plan.transformer == .loaded)
        #expect(plan[.denoising]?.holds(.transformer) == true)
        #expect(throws: MemoryShortage.self) { try planner.plan(limit: 100 * Self.gibibyte, form: .int8) }
    }

    @Test func linesNameStagesPartsAndGibibytes() throws {
        let plan = try Self.planner(.bfloat16).plan(limit: 16 * Self.gibibyte)
        #expect(plan.lines[0].hasPrefix("Planned for 16.0 GiB, at most "))
        #expect(plan.lines[0].hasSuffix("transformer in int8, T5 in int8."))
        #expect(plan.lines.count == 5)
        #expect(plan.lines[3].contains("Drawing") && plan.lines[3].contains("transformer 11."))
        #expect(MemoryPlan.gibibytes(0) == "0.00")
        #expect(MemoryPlan.gibibytes(Self.gibibyte / 3) == "0.33")
        #expect(MemoryPlan.gibibytes(Self.gibibyte * 21 / 2) == "10.5")
    }
}
