public import Generation
import Imaging

/// Chooses how a picture is drawn inside a memory limit: the form of the weights, and what is in memory when.
///
/// A pure function of sizes. Numbers stay as exact as the limit allows: weights as they are loaded before weights in the file's own type, which
/// costs time, before weights in 8 bits, which costs digits. Stages follow one another with only what they need in memory; where there is room,
/// networks stay for the next picture.
public struct MemoryPlanner: Sendable {
    private let model: ModelFootprint
    private let sizes: PictureSizes
    private let flux: FluxConfiguration
    private let autoEncoder: AutoEncoderConfiguration
    private let elementBytes: Int
    private let usesGPU, usesKernels: Bool

    /// Bytes of the program with libtorch, before any network.
    static let programOnProcessor = 256 << 20
    /// Bytes on a GPU of the driver's context and of libtorch's workspaces.
    static let programOnGPU = 700 << 20

    /// - Parameters:
    ///   - elementBytes: of one number of the arithmetic: 4 or 2.
    ///   - usesGPU: whether the limit is one of a GPU's memory.
    ///   - usesKernels: whether blocks run on the bfloat16 kernels.
    public init(
        model: ModelFootprint, sizes: PictureSizes, flux: FluxConfiguration = .dev, autoEncoder: AutoEncoderConfiguration = .flux, elementBytes: Int,
        usesGPU: Bool = false, usesKernels: Bool = false
    ) {
        (self.model, self.sizes, self.flux, self.autoEncoder) = (model, sizes, flux, autoEncoder)
        self.elementBytes = elementBytes
        (self.usesGPU, self.usesKernels) = (usesGPU, usesKernels)
    }

    /// - Parameters:
    ///   - limit: bytes that may be used.
    ///   - form: what was asked for; nil to choose.
    /// - Throws: `MemoryShortage` where the limit cannot be met.
    public func plan(limit: Int, form: WeightForm? = nil) throws(MemoryShortage) -> MemoryPlan {
        let plans = plans(limit: limit, form: form)
        if let plan = plans.first(where: { $0.peak <= limit }) { return keepingWhatFits(plan) }
        guard let least = plans.min(by: { $0.peak < $1.peak }) else {
            throw MemoryShortage(limit: limit, least: nil, ways: [])
        }
        throw MemoryShortage(limit: limit, least: least, ways: ways(beyond: least, form: form))
    }

    /// All ways to draw the picture with as little as possible in memory, the best first.
    private func plans(limit: Int, form: WeightForm?) -> [MemoryPlan] {
        let forms: [WeightForm] =
            switch form {
            case nil: [.loaded, .stored, .int8]
            case .loaded: [.loaded, .stored]
            case .some(let form): [form]
            }
        var plans: [MemoryPlan] = []
        for form in forms where model.transformer.bytes[form] != nil {
            // Adapters are merged into numbers only.
            let merges = form == .loaded && !model.transformer.isCoded && model.adapters > 0
            for merging in merges ? [true, false] : [false] {
                for band in [nil, 65_536, 16_384] {
                    plans.append(plan(limit: limit, form: form, merges: merging, bandPixels: band))
                }
            }
        }
        return plans
    }

    private func plan(limit: Int, form: WeightForm, merges: Bool, bandPixels: Int?) -> MemoryPlan {
        let activations = ActivationMemory(
            sizes: sizes, flux: flux, autoEncoder: autoEncoder, elementBytes: elementBytes, usesKernels: usesKernels)
        // Prompts are read once, and need no more speed than the file's own type allows.
        let t5 = model.t5.possible(form == .loaded ? .stored : form)
        let program = MemoryPlan.Entry(.program, usesGPU ? Self.programOnGPU : Self.programOnProcessor)
        func stage(_ name: GenerationEvent.Stage, _ parts: [MemoryPlan.Entry], _ bytes: Int) -> MemoryPlan.Stage {
            MemoryPlan.Stage(name, [program] + parts.filter { $0.bytes > 0 } + [.init(.activations, bytes)])
        }
        var stages = [stage(.encodingText, [.init(.t5, max(model.t5.bytes[t5] ?? 0, model.clip))], activations.text)]
        if !sizes.referenceAreas.isEmpty || sizes.referenceNetworks > 0 {
            let parts: [MemoryPlan.Entry] = [.init(.referenceNetworks, sizes.referenceNetworks), .init(.autoencoder, model.autoEncoder)]
            stages.append(stage(.encodingReferences, parts, activations.encodingReferences(bandPixels: bandPixels)))
        }
        let weights = (model.transformer.bytes[form] ?? 0) + (merges ? model.merging : 0)
        let hasSideAdapters = model.adapters > 0 && !merges
        let transformer: [MemoryPlan.Entry] = [.init(.transformer, weights), .init(.adapters, model.adapters)]
        let isCoded = model.transformer.isCoded || model.transformer.bytes[form] != model.transformer.bytes[.loaded]
        stages.append(stage(.denoising, transformer, activations.denoising(isCoded: isCoded, sideAdapters: hasSideAdapters)))
        stages.append(stage(.decoding, [.init(.autoencoder, model.autoEncoder)], activations.decoding(bandPixels: bandPixels)))
        return MemoryPlan(limit: limit, transformer: form, t5: t5, mergesAdapters: merges, bandPixels: bandPixels, stages: stages)
    }

    /// The plan with the transformer and the autoencoder in memory during stages of others, where there is room: to be there for the next picture.
    private func keepingWhatFits(_ plan: MemoryPlan) -> MemoryPlan {
        var plan = plan
        let parts = plan.stages.flatMap(\.parts)
        // The transformer comes with its adapters, or not at all.
        for group in [[MemoryPlan.Part.transformer, .adapters], [.autoencoder]] {
            let kept = group.compactMap { part in parts.first { $0.part == part } }
            for index in plan.stages.indices where !plan.stages[index].holds(group[0]) {
                guard plan.stages[index].bytes + kept.reduce(0, { $0 + $1.bytes }) <= plan.limit else { continue }
                plan.stages[index].parts.insert(contentsOf: kept, at: 1)
            }
        }
        return plan
    }

    // MARK: what would help

    /// What would lower the least memory, with the bytes that it would then be.
    private func ways(beyond least: MemoryPlan, form: WeightForm?) -> [MemoryShortage.Way] {
        var ways: [MemoryShortage.Way] = []
        func add(_ kind: MemoryShortage.Way.Kind, _ planner: MemoryPlanner, _ form: WeightForm?) {
            let bytes = planner.plans(limit: 0, form: form).map(\.peak).min() ?? .max
            // Less than a tenth of a gibibyte is no help.
            if bytes + (100 << 20) < least.peak { ways.append(.init(kind: kind, bytes: bytes)) }
        }
        if form != nil, form != .int8 { add(.automaticType, self, nil) }
        if sizes.picture.area > 256 * 256 {
            let smaller = sizes.halved()
            add(.smallerPicture(width: smaller.picture.width, height: smaller.picture.height), with(model, smaller), form)
        }
        if !model.transformer.isCoded || !model.t5.isCoded {
            var coded = model
            coded.transformer = model.transformer.inFourBits
            coded.t5 = model.t5.inFourBits
            add(.fourBitFile, with(coded, sizes), nil)
        }
        return ways
    }

    private func with(_ model: ModelFootprint, _ sizes: PictureSizes) -> MemoryPlanner {
        MemoryPlanner(
            model: model, sizes: sizes, flux: flux, autoEncoder: autoEncoder, elementBytes: elementBytes, usesGPU: usesGPU,
            usesKernels: usesKernels)
    }
}

extension NetworkFootprint {
    /// About what a file in GGUF's 4 bits would take: 18 bytes for 32 values.
    fileprivate var inFourBits: NetworkFootprint {
        guard !isCoded, let int8 = bytes[.int8] else { return self }
        let bytes = int8 - codableCount + codableCount * 18 / 32
        return NetworkFootprint(bytes: [.loaded: bytes, .stored: bytes], codableCount: codableCount, isCoded: true)
    }
}
