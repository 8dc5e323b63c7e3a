import Flux
import Generation
import TextEncoders
import Torch

/// What the transformer is told besides the noise.
struct DreamOInputs {
    let model: FluxModel
    let settings: DreamOSettings
    /// Noise levels, one more than there are steps.
    let sigmas: [Float]
    /// 1000 times the noise level at each step, `[steps]`, float32.
    private let timesteps: Tensor

    init(model: FluxModel, settings: DreamOSettings, sigmas: [Float]) throws(TorchError) {
        (self.model, self.settings, self.sigmas) = (model, settings, sigmas)
        timesteps = try Tensor(sigmas.dropLast().map { $0 * 1000 })
    }

    /// The prompt with the references.
    func positive(_ text: TextEmbeddings, _ references: [DreamOReferences.Encoded], _ embeddings: DreamOEmbeddings) throws -> FluxInputs {
        let strengths = (0..<settings.stepCount).map { $0 == 0 ? settings.firstStepGuidance : settings.guidance }
        var inputs = try inputs(text, references, guidance: Tensor(strengths.map(Float.init), shape: [settings.stepCount, 1]))
        inputs.targetEmbedding = try placed(embeddings.target())
        inputs.referenceEmbeddings = try settings.slots.map { slot throws(TorchError) in try placed(embeddings.reference(slot: slot)) }
        return inputs
    }

    /// The negative prompt alone: no references, and nothing added to the tokens.
    func negative(_ text: TextEmbeddings, _ negative: DreamOSettings.Negative) throws(TorchError) -> FluxInputs {
        try inputs(text, [], guidance: .full([1], negative.guidance))
    }

    private func inputs(_ text: TextEmbeddings, _ references: [DreamOReferences.Encoded], guidance: Tensor) throws(TorchError) -> FluxInputs {
        try FluxInputs(
            txt: text.txt, vec: text.vec, references: references.map(\.latents),
            // The official program keeps positions in the type that it computes in: above 256, bfloat16 rounds them.
            ids: ids(textCount: text.txt.shape[1], references).to(model.dtype).to(.float32).to(model.device),
            timesteps: (timesteps.unsqueezed(1).to(model.dtype) / 1000).to(model.device), guidance: placed(guidance))
    }

    /// Positions of text, target and references: each reference begins where the pictures before it end, on both axes, as in UNO.
    private func ids(textCount: Int, _ references: [DreamOReferences.Encoded]) throws(TorchError) -> Tensor {
        try UnoPE.positionIDs(textCount: textCount, target: settings.grid, references: references.map(\.grid), variant: .d)
    }

    private func placed(_ tensor: Tensor) throws(TorchError) -> Tensor { try tensor.to(model.dtype).to(model.device) }

    /// Records references, embeddings and noise levels.
    func record(_ references: [DreamOReferences.Encoded], _ embeddings: DreamOEmbeddings, in recorder: DumpRecorder) throws {
        let ids = try UnoPE.referencePositionIDs(target: settings.grid, references: references.map(\.grid), variant: .d)
        var added = [try embeddings.target().repeated([1, settings.grid.count, 1])]
        for (index, reference) in references.enumerated() {
            recorder.record("ref.\(index).latents", reference.latents)
            recorder.record("ref.\(index).ids", try ids[index].unsqueezed(0))
            added.append(try embeddings.reference(slot: settings.slots[index]).repeated([1, reference.grid.count, 1]))
        }
        recorder.record("embeddings", try .concatenated(added, dim: 1))
        recorder.record("sigmas", try Tensor(sigmas))
        recorder.record("timesteps", timesteps)
    }
}
