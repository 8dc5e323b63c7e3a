package import Checkpoints
package import Datasets
package import Flux
import Foundation
import Generation
import Imaging
import Layers
package import Torch
import UNO

/// Flow matching of the transformer, with or without reference pictures.
///
/// The model learns the velocity x0 - x1 from picture latents x1 to noise x0 at x_t = (1 - t) x1 + t x0.
/// Source: UNO, train.py, `main`, and arXiv 2504.02160, section 3.3.
package final class FlowMatchingObjective: Objective {
    /// The networks that the objective runs, in memory that may be written to.
    package struct Networks {
        let transformer: Loaded<FluxTransformer>
        let autoEncoder: AutoEncoder
        let text: any PromptEncoder
        /// The adapter's tensors under the official file's keys; empty where none is trained.
        let adapter: [(name: String, tensor: Tensor)]

        package init(
            transformer: Loaded<FluxTransformer>, autoEncoder: AutoEncoder, text: any PromptEncoder, adapter: [(name: String, tensor: Tensor)]
        ) {
            (self.transformer, self.autoEncoder, self.text, self.adapter) = (transformer, autoEncoder, text, adapter)
        }
    }

    let networks: Networks
    let recipe: TrainingRecipe
    let dtype: DType, device: Device
    let latents: LatentEncoder
    private let timesteps: [Double]
    private let positions: PositionVariant
    private let warn: (String) -> Void
    private var hasWarned = false
    private var flow: FlowRecipe { recipe.flow }

    /// - Parameter warn: told what a person should know of the data and of the cache.
    convenience init(_ model: ModelInTraining, warn: @escaping (String) -> Void) throws {
        let cache = try model.recipe.data.cache.map { try FeatureCache(folder: $0, warn: warn) }
        let transformer = try model.transformer()
        let networks = Networks(
            transformer: transformer, autoEncoder: try model.autoEncoder().model, text: try TextFeatures(model, cache: cache),
            adapter: model.recipe.trained.contains(.adapter) ? try AdapterInTraining.attach(to: transformer, model) : [])
        let file = model.identity(.autoencoder, file: model.directory.file(model.description.files.autoencoder))
        try self.init(networks, model.recipe, dtype: model.dtype, device: model.device, cache: cache.map { ($0, file) }, warn: warn)
    }

    /// - Parameter dtype: of the transformer's weights and arithmetic.
    package convenience init(_ networks: Networks, _ recipe: TrainingRecipe, dtype: DType, device: Device = .cpu) throws {
        try self.init(networks, recipe, dtype: dtype, device: device, cache: nil) { _ in }
    }

    private init(
        _ networks: Networks, _ recipe: TrainingRecipe, dtype: DType, device: Device, cache: (store: FeatureCache, identity: String)?,
        warn: @escaping (String) -> Void
    ) throws {
        (self.networks, self.recipe, self.dtype, self.device, self.warn) = (networks, recipe, dtype, device, warn)
        guard let positions = PositionVariant(rawValue: recipe.flow.positions) else {
            throw TrainingError.recipe(field: "flow.positions", problem: "is '\(recipe.flow.positions)'", remedy: "Give d, h, w or o.")
        }
        self.positions = positions
        latents = LatentEncoder(networks.autoEncoder, device: device, cache: cache)
        timesteps = try Self.timesteps(resolution: recipe.data.resolution, networks.autoEncoder.configuration)
    }

    /// The 1000 noise levels that UNO's trainer draws from: those of 999 steps, shifted for the nominal resolution and not for
    /// the bucket. Source: UNO, train.py, `main`.
    package static func timesteps(resolution: Int, _ autoEncoder: AutoEncoderConfiguration) throws -> [Double] {
        let side = resolution / autoEncoder.downsampling
        return try TimestepSchedule(stepCount: 999, tokenCount: side * side / 4).timesteps
    }

    package var weights: [(name: String, tensor: Tensor)] {
        var all = networks.adapter
        if recipe.trained.contains(.transformer) { all += networks.transformer.parameters.named }
        if recipe.trained.contains(.text) { all += networks.text.weights }
        return all
    }

    package func loss(_ batch: TrainingBatch, _ draws: ExampleDraws, meanWeight: Double) throws -> Loss {
        let x1 = try latents(batch.target, draws, .targetPosterior)
        let references = try references(of: batch).enumerated().map { try latents($1, draws, .referencePosterior, number: $0) }
        let prompts = batch.prompts.enumerated().map { draws.uniform($0, .textDropout) < flow.textDropout ? "" : $1 }
        let noise = try draws.normal(Array(x1.shape.dropFirst()), count: batch.prompts.count, .noise).packedLatents().to(device)
        let inputs = try inputs(
            x1, references, try networks.text(prompts), timesteps: batch.prompts.indices.map { timestep($0, draws) },
            guidance: batch.prompts.indices.map { guidance($0, draws) }, noise: noise)
        let weight = try coverageWeight(batch).map { try ($0 / meanWeight).to(device) }
        return try loss(inputs, weight: weight)
    }

    /// The references that the model is shown: none for text-to-image, whatever the data has.
    func references(of batch: TrainingBatch) -> [PicturePlanes] {
        guard recipe.objective == .textToImage, !batch.references.isEmpty else { return batch.references }
        if !hasWarned { warn("the data has references, which the objective text-to-image leaves out; 'objective: uno' trains with them") }
        hasWarned = true
        return []
    }

    /// Everything that a loss is computed from.
    package struct Inputs {
        /// Noisy latents, packed, `[batch, tokens, channels]` float32.
        package let noisy: Tensor
        /// x0 - x1, of the same shape.
        package let velocity: Tensor
        package let conditions: FluxInputs
        /// The target's grid.
        package let target: TokenGrid
    }

    /// - Parameters:
    ///   - x1: latents `[batch, channels, h, w]` float32; so are the references.
    ///   - timesteps: t of each example, 0 (picture) to 1 (noise).
    ///   - noise: packed, `[batch, tokens, 4 · channels]`.
    package func inputs(
        _ x1: Tensor, _ references: [Tensor], _ text: PromptBatch, timesteps: [Double], guidance: [Double], noise: Tensor
    ) throws -> Inputs {
        let grids = ([x1] + references).map { TokenGrid(rows: $0.shape[2] / 2, columns: $0.shape[3] / 2) }
        let clean = try x1.packedLatents(), count = timesteps.count
        let t = try Tensor(timesteps.map(Float.init), shape: [count, 1, 1], device: device)
        let noisy = try (1 - t) * clean + t * noise
        let conditions = try FluxInputs(
            txt: text.txt, vec: text.vec, references: references.map { try $0.packedLatents().to(dtype) },
            ids: UnoPE.positionIDs(
                textCount: text.txt.shape[1], target: grids[0], references: Array(grids.dropFirst()), variant: positions).to(device),
            timesteps: t.reshaped([1, count]).to(dtype),
            guidance: Tensor(guidance.map(Float.init), shape: [count], device: device).to(dtype))
        return Inputs(noisy: noisy, velocity: try noise - clean, conditions: conditions, target: grids[0])
    }

    /// The squared error of the velocity, averaged in float32.
    /// - Parameter weight: of each token, `[batch, tokens, 1]`, with a mean of 1 over a step; nil for all alike.
    package func loss(_ inputs: Inputs, weight: Tensor? = nil) throws -> Loss {
        let predicted = try velocity(inputs).to(.float32)
        let error = try (predicted - inputs.velocity).square()
        guard let weight else { return Loss(total: try error.mean()) }
        return try Loss(total: (error * weight).mean(), parts: [("plain", error.detached().mean())])
    }

    private func velocity(_ inputs: Inputs) throws -> Tensor {
        let conditioning = try networks.transformer.model.conditioning(inputs.conditions)
        let noisy = try inputs.noisy.to(dtype)
        if recipe.recomputes { return try networks.transformer.model.recomputed(noisy, conditioning) }
        return try networks.transformer.model(noisy, conditioning, step: 0)
    }

    private func timestep(_ example: Int, _ draws: ExampleDraws) -> Double {
        switch flow.timesteps {
        case .schedule:
            return timesteps[Int(draws.uniform(example, .timestep) * Double(timesteps.count))]
        case .logitNormal:
            let odds = exp(draws.normal(example, .timestep)) * flow.shift
            return odds / (1 + odds)
        }
    }

    private func guidance(_ example: Int, _ draws: ExampleDraws) -> Double {
        let low = flow.guidance[0], high = flow.guidance.last ?? low
        return low + (high - low) * draws.uniform(example, .guidance)
    }

    package func weights(of batch: TrainingBatch) throws -> (sum: Double, count: Int)? {
        try coverageWeight(batch).map { try ($0.to(.float64).sum().item(), $0.count) }
    }

    /// `1 + weight · coverage` of each token, `[batch, tokens, 1]` in main memory; nil where the recipe gives no weight.
    private func coverageWeight(_ batch: TrainingBatch) throws -> Tensor? {
        guard flow.coverageWeight > 0 else { return nil }
        let side = networks.autoEncoder.configuration.pixelsPerToken, count = batch.prompts.count
        // Other processes may have masks where this one has none.
        guard !batch.coverage.isEmpty else { return try .ones([count, (batch.target.height / side) * (batch.target.width / side), 1]) }
        let coverage = try Tensor(batch.coverage, shape: [count, 1, batch.target.height, batch.target.width])
        return try 1 + flow.coverageWeight * coverage.averagePooled2d(kernel: side).reshaped([count, -1, 1])
    }

    // MARK: looking and saving

    package func samples(_ batch: TrainingBatch) throws -> [SampleRow] {
        try FlowSampler(self, positions).rows(batch)
    }

    package func export(_ weights: [(name: String, tensor: Tensor)], to folder: String) throws -> ExportedFiles {
        var files = ExportedFiles()
        func write(_ names: Set<String>, prefix: String = "", to file: String) throws {
            let chosen = weights.filter { names.contains($0.name) }
            try SafetensorsWriter.write(chosen.map { (String($0.name.dropFirst(prefix.count)), try $0.tensor.to(dtype)) }, to: "\(folder)/\(file)")
        }
        if !networks.adapter.isEmpty {
            try write(Set(networks.adapter.map(\.name)), to: "dit_lora.safetensors")
            files.adapter = "dit_lora.safetensors"
        }
        if recipe.trained.contains(.transformer) {
            try write(Set(networks.transformer.parameters.named.map(\.name)), to: "flux.safetensors")
            files.files[.flux] = "flux.safetensors"
        }
        if recipe.trained.contains(.text) {
            for (component, prefix) in [(ModelComponent.t5, TextFeatures.t5Prefix), (.clip, TextFeatures.clipPrefix)] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(component.rawValue)", withIntermediateDirectories: true)
                try write(Set(networks.text.weights.map(\.name).filter { $0.hasPrefix(prefix) }), prefix: prefix, to: "\(component.rawValue)/model.safetensors")
                files.files[component] = component.rawValue
            }
        }
        return files
    }
}
