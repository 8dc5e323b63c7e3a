import Checkpoints
import Datasets
import Flux
import Generation
import Torch

/// Draws pictures with the transformer in training, to look at.
struct FlowSampler {
    private let objective: FlowMatchingObjective
    private var recipe: ValidationRecipe { objective.recipe.validation }
    private let positions: PositionVariant

    init(_ objective: FlowMatchingObjective, _ positions: PositionVariant) {
        self.objective = objective
        self.positions = positions
    }

    /// One row per example: its references, the picture drawn from them and the prompt, and the target.
    func rows(_ batch: TrainingBatch) throws -> [SampleRow] {
        try withoutGradients {
            let drawn = try draw(batch)
            return try batch.prompts.indices.map { row in
                func picture(_ planes: PicturePlanes) throws -> Tensor { try planes.tensor(.cpu).narrowed(dim: 0, start: row, count: 1) }
                return SampleRow(
                    caption: batch.prompts[row], references: try objective.references(of: batch).map { try picture($0).pixelImage() },
                    made: try drawn.narrowed(dim: 0, start: row, count: 1).pixelImage(), truth: try picture(batch.target).pixelImage())
            }
        }
    }

    /// `[batch, 3, height, width]`.
    private func draw(_ batch: TrainingBatch) throws -> Tensor {
        let autoEncoder = objective.networks.autoEncoder.configuration
        let draws = try ExampleDraws(seed: UInt64(recipe.seed), first: batch.number * batch.prompts.count)
        let references = try objective.references(of: batch).enumerated().map { try objective.latents($1, draws, .referencePosterior, number: $0) }
        let grid = TokenGrid(rows: batch.target.height / autoEncoder.pixelsPerToken, columns: batch.target.width / autoEncoder.pixelsPerToken)
        let schedule = try TimestepSchedule(
            stepCount: recipe.denoisingSteps, tokenCount: InferenceShift.tokenCount(grid, autoEncoder))
        let noise = try draws.normal([autoEncoder.latentChannels, 2 * grid.rows, 2 * grid.columns], count: batch.prompts.count, .noise)
        let transformer = objective.networks.transformer.model
        let conditioning = try transformer.conditioning(inputs(batch.prompts, references, grid, schedule))
        let negative = recipe.trueCFG == 1 ? nil : try Denoiser.Negative(
            transformer.conditioning(inputs(batch.prompts.map { _ in "" }, [], grid, schedule)), scale: recipe.trueCFG)
        let latents = try Denoiser(transformer, schedule: schedule)(
            noise.packedLatents().to(objective.dtype).to(objective.device), conditioning: conditioning, negative: negative) { _, _, _ in }
        return try objective.networks.autoEncoder.decode(latents.to(.float32).unpackedLatents(rows: grid.rows, columns: grid.columns))
    }

    private func inputs(_ prompts: [String], _ references: [Tensor], _ grid: TokenGrid, _ schedule: TimestepSchedule) throws -> FluxInputs {
        let text = try objective.networks.text(prompts)
        let grids = references.map { TokenGrid(rows: $0.shape[2] / 2, columns: $0.shape[3] / 2) }
        let times = schedule.timesteps.dropLast().flatMap { t in prompts.map { _ in Float(t) } }
        return try FluxInputs(
            txt: text.txt, vec: text.vec, references: references.map { try $0.packedLatents().to(objective.dtype) },
            ids: UnoPE.positionIDs(textCount: text.txt.shape[1], target: grid, references: grids, variant: positions).to(objective.device),
            timesteps: Tensor(times, shape: [schedule.stepCount, prompts.count]).to(objective.dtype).to(objective.device),
            guidance: Tensor.full([prompts.count], recipe.guidance, dtype: objective.dtype, device: objective.device))
    }
}
