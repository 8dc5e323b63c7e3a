import Checkpoints
import Flux
import Foundation
import Generation
import Imaging
import TextEncoders
import Torch

/// The stages of a picture at real width with random weights, each measured.
struct MemoryLimitWorkload {
    /// What one stage took.
    struct Measured {
        let stage: GenerationEvent.Stage
        /// Bytes: the most that the process held, and what the plan says.
        let peak, planned: Int
        /// Seconds.
        let loading, computing: Double
        var remark = ""
    }

    /// T5-XXL and CLIP-L as FLUX.1-dev has them, in the words of their `config.json`.
    private static let t5 = """
        {"d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24, "num_heads": 64, "vocab_size": 32128, "feed_forward_proj": "gated-gelu"}
        """
    private static let clip = """
        {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12, "eos_token_id": 2}
        """

    private let flux: FluxConfiguration
    private let sizes: PictureSizes
    private let dtype: DType
    private let t5: T5Configuration
    private let clip: CLIPTextConfiguration
    private let generator: RandomGenerator

    init(_ flux: FluxConfiguration, _ sizes: PictureSizes, dtype: DType) throws {
        (self.flux, self.sizes, self.dtype) = (flux, sizes, dtype)
        t5 = try JSONDecoder().decode(T5Configuration.self, from: Data(Self.t5.utf8))
        clip = try JSONDecoder().decode(CLIPTextConfiguration.self, from: Data(Self.clip.utf8))
        generator = try RandomGenerator(seed: 0)
    }

    /// The plan for networks of these sizes.
    func plan(limit: Int, form: WeightForm?) throws -> MemoryPlan {
        func outline(_ storage: WeightStorage, _ layers: [String], _ build: (ParameterScope) throws -> Void) throws -> ParameterSet {
            let scope = ParameterScope.shapes(dtype: dtype, storage: storage, of: layers)
            try build(scope)
            return scope.parameters
        }
        let autoEncoder = ParameterScope.shapes()
        _ = try AutoEncoder(.flux, at: autoEncoder)
        let model = try ModelFootprint(
            transformer: NetworkFootprint { try outline($0, FluxTransformer.codedLayers) { _ = try FluxTransformer(flux, at: $0) } },
            t5: NetworkFootprint { try outline($0, T5Encoder.codedLayers) { _ = try T5Encoder(t5, at: $0) } },
            clip: outline(.numbers, []) { _ = try CLIPTextEncoder(clip, at: $0) }.byteCount, autoEncoder: autoEncoder.parameters.byteCount)
        let planner = MemoryPlanner(
            model: model, sizes: sizes, flux: flux, elementBytes: dtype.byteCount, usesKernels: dtype == .bfloat16 && FusedKernels.areAvailable)
        return try planner.plan(limit: limit, form: form)
    }

    /// Draws the picture; what is in memory beyond a stage is what the plan holds there.
    func draw(_ plan: MemoryPlan, report: (Measured) -> Void) throws {
        let text = try embeddings(plan, report)
        let latents = try referenceLatents(plan, report)
        let (drawn, transformer) = try denoised(plan, text, latents, report)
        _ = try measured(.decoding, plan, report) { loaded in
            let autoEncoder = try AutoEncoder(.flux, at: random(.float32, .numbers, []))
            loaded()
            let picture = try autoEncoder.decode(
                drawn.to(.float32).unpackedLatents(rows: sizes.picture.height / 16, columns: sizes.picture.width / 16), bands: plan.bands(for: sizes.picture))
            withExtendedLifetime(transformer) {}
            return (picture, try picture.isFinite().allTrue() ? "; \(picture.shape[3])x\(picture.shape[2]) pixels" : "; NOT FINITE")
        }
    }

    private func embeddings(_ plan: MemoryPlan, _ report: (Measured) -> Void) throws -> (txt: Tensor, vec: Tensor) {
        try measured(.encodingText, plan, report) { loaded in
            func ids(_ count: Int, below limit: Int) throws -> Tensor {
                try Tensor((0..<count).map { Int64(($0 * 7919) % limit) }, shape: [1, count])
            }
            func states() throws -> Tensor {
                let encoder = try T5Encoder(t5, at: random(dtype, WeightStorage(plan.t5), T5Encoder.codedLayers))
                loaded()
                return try encoder(ids(sizes.textTokens, below: t5.vocabularySize))
            }
            let txt = try states()
            try releaseFreedMemory()
            let encoder = try CLIPTextEncoder(clip, at: random(dtype, .numbers, []))
            return ((txt, try encoder(ids(77, below: clip.vocabularySize)).pooled), "")
        }
    }

    private func referenceLatents(_ plan: MemoryPlan, _ report: (Measured) -> Void) throws -> [Tensor] {
        guard let area = sizes.referenceAreas.first else { return [] }
        let side = Int(Double(area).squareRoot())
        return try measured(.encodingReferences, plan, report) { loaded in
            let autoEncoder = try AutoEncoder(.flux, at: random(.float32, .numbers, []))
            loaded()
            let image = try Tensor.uniform([1, 3, side, side], using: generator) * 2 - 1
            let moments = try autoEncoder.moments(of: image, bands: plan.bands(for: .init(width: side, height: side)))
            return ([try autoEncoder.latents(from: moments, draw: nil).to(dtype).packedLatents()], "")
        }
    }

    /// The latents, and the transformer where the plan holds it while they are decoded.
    private func denoised(
        _ plan: MemoryPlan, _ text: (txt: Tensor, vec: Tensor), _ references: [Tensor], _ report: (Measured) -> Void
    ) throws -> (Tensor, FluxTransformer?) {
        let target = TokenGrid(rows: sizes.picture.height / 16, columns: sizes.picture.width / 16)
        let schedule = try TimestepSchedule(stepCount: sizes.stepCount, tokenCount: target.count)
        return try measured(.denoising, plan, report) { loaded in
            let transformer = try FluxTransformer(flux, at: random(dtype, WeightStorage(plan.transformer), FluxTransformer.codedLayers))
            loaded()
            let side = Int(Double(references.first?.shape[1] ?? 0).squareRoot())
            let conditioning = try transformer.conditioning(
                FluxInputs(
                    txt: text.txt, vec: text.vec, references: references,
                    ids: UnoPE.positionIDs(
                        textCount: sizes.textTokens, target: target, references: references.map { _ in TokenGrid(rows: side, columns: side) }, variant: .d),
                    timesteps: Tensor(schedule.timesteps.dropLast().map { $0 }, shape: [schedule.stepCount, 1]).to(dtype),
                    guidance: Tensor.full([1], 4, dtype: dtype)))
            let noise = try Tensor.normal([1, target.count, flux.inChannels], using: generator).to(dtype)
            let latents = try reusingMemory { try Denoiser(transformer, schedule: schedule)(noise, conditioning: conditioning) { _, _, _ in } }
            return ((latents, plan[.decoding]?.holds(.transformer) == true ? transformer : nil), "")
        }
    }

    private func random(_ dtype: DType, _ storage: WeightStorage, _ layers: [String]) -> ParameterScope {
        .random(seed: 0, dtype: dtype, storage: storage, of: layers)
    }

    /// Runs a stage and tells what it took.
    ///
    /// - Parameter body: calls its argument once its network is made; gives the result and a remark.
    private func measured<Result>(
        _ stage: GenerationEvent.Stage, _ plan: MemoryPlan, _ report: (Measured) -> Void, _ body: (_ loaded: () -> Void) throws -> (Result, String)
    ) throws -> Result {
        try releaseFreedMemory()
        try PeakMemory.reset()
        let clock = ContinuousClock(), start = clock.now
        var middle = start
        let (result, remark) = try body { middle = clock.now }
        // Of the first picture, before its turn, the transformer is not in memory yet.
        let isEarly = [.encodingText, .encodingReferences].contains(stage)
        let parts = (plan[stage]?.parts ?? []).filter { !isEarly || ![.transformer, .adapters].contains($0.part) }
        report(Measured(
            stage: stage, peak: try PeakMemory.bytes(), planned: parts.reduce(0) { $0 + $1.bytes }, loading: (middle - start) / .seconds(1),
            computing: (clock.now - middle) / .seconds(1), remark: remark))
        return result
    }
}
