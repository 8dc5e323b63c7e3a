import Flux
import Generation
import TextEncoders
import Torch

/// What the transformer is told besides the noise.
struct DreamOInputs {
    let model: FluxModel
    let settings: DreamOSettings
    let embeddings: DreamOEmbeddings
    /// Noise levels, one more than there are steps.
    private let sigmas: [Float]
    /// 1000 times the noise level at each step, `[steps]`, float32.
    private let timesteps: Tensor

    init(model: FluxModel, settings: DreamOSettings, embeddings: DreamOEmbeddings) throws(TorchError) {
        (self.model, self.settings, self.embeddings) = (model, settings, embeddings)
        let picture = settings.picture
        sigmas = DreamOSchedule.sigmas(stepCount: picture.stepCount, tokenCount: picture.grid.count, model.directory.scheduler)
        timesteps = try Tensor(sigmas.dropLast().map { $0 * 1000 })
    }

    func plan(_ texts: DrawingPlan.Texts, _ references: [ReferenceEncoder.Encoded]) throws(TorchError) -> DrawingPlan {
        var away: DrawingPlan.Negative?
        if let negative = settings.negative, let text = texts.negative {
            // The negative prompt stands alone: no references, and nothing added to the tokens.
            let inputs = try inputs(text, [], guidance: .full([1], negative.guidance))
            away = .init(inputs, scale: negative.scale, steps: negative.steps)
        }
        return DrawingPlan(
            schedule: TimestepSchedule(timesteps: sigmas.map(Double.init)), positive: try positive(texts.prompt, references), negative: away)
    }

    private func positive(_ text: TextEmbeddings, _ references: [ReferenceEncoder.Encoded]) throws(TorchError) -> FluxInputs {
        let count = settings.picture.stepCount
        let strengths = (0..<count).map { $0 == 0 ? settings.firstStepGuidance : settings.picture.guidance }
        var inputs = try inputs(text, references, guidance: Tensor(strengths.map(Float.init), shape: [count, 1]))
        inputs.targetEmbedding = try placed(embeddings.target())
        inputs.referenceEmbeddings = try settings.slots.map { slot throws(TorchError) in try placed(embeddings.reference(slot: slot)) }
        return inputs
    }

    private func inputs(_ text: TextEmbeddings, _ references: [ReferenceEncoder.Encoded], guidance: Tensor) throws(TorchError) -> FluxInputs {
        try FluxInputs(
            txt: text.txt, vec: text.vec,
            references: references.map { reference throws(TorchError) in try reference.latents.packedLatents() },
            // The official program keeps positions in the type that it computes in: above 256, bfloat16 rounds them.
            ids: ids(textCount: text.txt.shape[1], references).to(model.dtype).to(.float32).to(model.device),
            timesteps: (timesteps.unsqueezed(1).to(model.dtype) / 1000).to(model.device), guidance: placed(guidance))
    }

    /// Positions of text, target and references: each reference begins where the pictures before it end, on both axes, as in UNO.
    private func ids(textCount: Int, _ references: [ReferenceEncoder.Encoded]) throws(TorchError) -> Tensor {
        try UnoPE.positionIDs(textCount: textCount, target: settings.picture.grid, references: references.map(\.grid), variant: .d)
    }

    private func placed(_ tensor: Tensor) throws(TorchError) -> Tensor { try tensor.to(model.dtype).to(model.device) }

    /// Records references, embeddings and noise levels.
    func record(_ references: [ReferenceEncoder.Encoded], in recorder: DumpRecorder) throws {
        let grid = settings.picture.grid
        let ids = try UnoPE.referencePositionIDs(target: grid, references: references.map(\.grid), variant: .d)
        var added = [try embeddings.target().repeated([1, grid.count, 1])]
        for (index, reference) in references.enumerated() {
            recorder.record("ref.\(index).latents", try reference.latents.packedLatents())
            recorder.record("ref.\(index).ids", try ids[index].unsqueezed(0))
            added.append(try embeddings.reference(slot: settings.slots[index]).repeated([1, reference.grid.count, 1]))
        }
        recorder.record("embeddings", try .concatenated(added, dim: 1))
        recorder.record("sigmas", try Tensor(sigmas))
        recorder.record("timesteps", timesteps)
    }
}
