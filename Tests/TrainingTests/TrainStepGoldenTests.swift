import Checkpoints
import Flux
import Foundation
import Layers
import TestSupport
import Testing
import Torch
import Training
import UNO

/// The official trainer's steps: inputs, loss, every gradient, updated weights and their average.
@Suite(.enabled(if: Golden.isAvailable("uno-train-step"), Golden.absence)) struct TrainStepGoldenTests {
    struct Setup: Decodable {
        struct Run: Decodable {
            let lr: Double
            let steps: Int
            let batch: Int
            let `init`: String
            let lr_scheduler: String?
            let lr_warmup_steps: Int?
        }
        let flux: FluxConfiguration
        let ae: AutoEncoderConfiguration
        let resolution: Int, resolution_ref: Int
        let runs: [String: Run]
    }

    let golden: Golden
    let setup: Setup

    init() throws {
        golden = try Golden("uno-train-step")
        setup = try golden.decoded("config.json")
    }

    static let runs = ["lr1e-2", "lr1e-4_batch2", "official_init_3steps", "warmup_3steps"]

    /// Stored features are given by hand, so no encoder is asked.
    private final class NoText: PromptEncoder {
        var weights: [(name: String, tensor: Tensor)] { [] }
        func callAsFunction(_ prompts: [String]) throws -> PromptBatch { throw GoldenAbsent() }
        struct GoldenAbsent: Error {}
    }

    private func objective(_ run: Setup.Run, recomputes: Bool) throws -> FlowMatchingObjective {
        let transformer = try ParameterScope.load(CopiedTensors(Checkpoint.open(golden.path("flux1-dev.safetensors"))), dtype: .float32) {
            try FluxTransformer(setup.flux, at: $0)
        }
        let autoEncoder = try ParameterScope.load(Checkpoint.open(golden.path("ae.safetensors")), dtype: .float32) { try AutoEncoder(setup.ae, at: $0) }.model
        let file = try Checkpoint.open(golden.path("start_\(run.`init`)/dit_lora.safetensors"))
        let adapter = try file.keys.map { (name: $0, tensor: try file.tensor($0).cloned()) }
        let attached = try ProcessorAdapterKeys.adapters(in: TensorTable(adapter), configuration: setup.flux, weight: 1, dtype: .float32)
        for (path, module) in transformer.parameters.modules {
            if let weight = module as? AdaptableWeight, let low = attached[path] { try weight.attach([low], as: .beside) }
        }
        return try FlowMatchingObjective(
            .init(transformer: transformer, autoEncoder: autoEncoder, text: NoText(), adapter: adapter), recipe(run, recomputes), dtype: .float32)
    }

    private func recipe(_ run: Setup.Run, _ recomputes: Bool) throws -> TrainingRecipe {
        try TrainingRecipe(
            yaml: """
                model: none
                precision: float32
                steps: \(run.steps)
                batch: \(run.batch)
                gradient_checkpointing: \(recomputes)
                optimizer: {learning_rate: \(run.lr), warmup: \(run.lr_warmup_steps ?? 0), ema: 0.99}
                data: {resolution: \(setup.resolution), resolution_ref: \(setup.resolution_ref)}
                """, name: "golden")
    }

    @Test(arguments: runs) func inputsAreTheOfficialOnes(name: String) throws {
        let run = try #require(setup.runs[name]), stored = try golden.tensors("run_\(name).safetensors")
        let objective = try objective(run, recomputes: false)
        let timesteps = try FlowMatchingObjective.timesteps(resolution: setup.resolution, setup.ae)
        #expect(timesteps.count == 1000 && timesteps[0] == 1 && timesteps[999] == 0)
        for step in 0..<run.steps {
            let inputs = try inputs(objective, stored, step, run, timesteps)
            try expectClose(inputs.noisy, stored["step\(step).model_input.img"], .golden(2e-5))
            try expectClose(inputs.conditions.timesteps.reshaped([run.batch]), stored["step\(step).model_input.timesteps"], .golden(1e-6))
            for (index, reference) in inputs.conditions.references.enumerated() {
                try expectClose(reference, stored["step\(step).model_input.ref_img.\(index)"], .golden(2e-5))
            }
            let ids = try (["txt_ids", "img_ids"] + inputs.conditions.references.indices.map { "ref_img_ids.\($0)" }).map {
                try stored["step\(step).model_input.\($0)"].select(dim: 0, index: 0)
            }
            try expectClose(inputs.conditions.ids, .concatenated(ids, dim: 0), .golden(0))
        }
    }

    /// The inputs made from the stored latents, noise and draws.
    private func inputs(
        _ objective: FlowMatchingObjective, _ stored: GoldenTensors, _ step: Int, _ run: Setup.Run, _ timesteps: [Double]
    ) throws -> FlowMatchingObjective.Inputs {
        let prefix = "step\(step)."
        let references = try (1...).lazy.map { "\(prefix)vae.\($0).encoded" }.prefix { stored.keys.contains($0) }.map { try stored[$0] }
        return try objective.inputs(
            stored["\(prefix)vae.0.encoded"], references,
            PromptBatch(txt: stored["\(prefix)model_input.txt"], vec: stored["\(prefix)model_input.y"]),
            timesteps: stored["\(prefix)t_index"].values(as: Int.self).map { timesteps[$0] },
            guidance: Array(repeating: 1, count: run.batch), noise: stored["\(prefix)x_0_noise"])
    }

    @Test(arguments: runs, [false, true]) func stepsAreTheOfficialOnes(name: String, recomputes: Bool) throws {
        let run = try #require(setup.runs[name]), stored = try golden.tensors("run_\(name).safetensors")
        let objective = try objective(run, recomputes: recomputes)
        let recipe = try recipe(run, recomputes)
        let parameters = try TrainedParameters(objective.weights, recipe.optimizer)
        let rates = LearningRate(recipe.optimizer, stepCount: recipe.stepCount)
        let timesteps = try FlowMatchingObjective.timesteps(resolution: setup.resolution, setup.ae)
        for step in 0..<run.steps {
            let loss = try objective.loss(inputs(objective, stored, step, run, timesteps)).total
            let expected = try stored["step\(step).loss"].item(), value = try loss.detached().item()
            #expect(abs(value - expected) <= 2e-5 * abs(expected), "loss \(value), expected \(expected)")
            try loss.backward()
            let gradients = try parameters.gradients()
            for (parameter, gradient) in zip(parameters.parameters, gradients) {
                let official = try stored["step\(step).grad.\(parameter.name)"]
                let largest = try official.abs().values(as: Double.self).max() ?? 0
                let worst = try (gradient - official).abs().values(as: Double.self).max() ?? 0
                #expect(worst <= 1e-4 * largest + 1e-8, "\(parameter.name): off by \(worst) of \(largest)")
            }
            let rate = rates(step)
            #expect(abs(rate - (try stored["step\(step).lr"].item())) < 1e-12)
            let norm = try parameters.update(step: step + 1, learningRate: rate).norm
            let officialNorm = try stored["step\(step).grad_norm_before_clip"].item()
            #expect(abs(norm - officialNorm) <= 1e-4 * officialNorm)
            try check(parameters, stored, step, rate)
        }
    }

    /// Nearly all values within a fiftieth of the learning rate, and all within twice of it: where a gradient is near 0, the
    /// sign of the first update may turn.
    private func check(_ parameters: TrainedParameters, _ stored: GoldenTensors, _ step: Int, _ rate: Double) throws {
        var count = 0, near = 0
        for parameter in parameters.parameters {
            let average = try #require(parameter.state?.average)
            for (tensor, kind, scale) in [(parameter.weight, "param", 1.0), (average, "ema", 0.01)] {
                let official = try stored["step\(step).after.\(kind).\(parameter.name)"]
                let differences = try (tensor.detached() - official).abs().values(as: Double.self)
                count += differences.count
                near += differences.count { $0 <= 2e-2 * rate * scale + 1e-9 }
                #expect((differences.max() ?? 0) <= 2.1 * rate * scale * Double(step + 1) + 1e-8, "\(kind) \(parameter.name)")
            }
        }
        #expect(Double(near) >= 0.995 * Double(count), "\(near) of \(count) are near")
    }

    @Test(arguments: runs) func storedGradientsGiveTheStoredWeights(name: String) throws {
        let run = try #require(setup.runs[name]), stored = try golden.tensors("run_\(name).safetensors")
        let objective = try objective(run, recomputes: false), recipe = try recipe(run, false)
        let parameters = try TrainedParameters(objective.weights, recipe.optimizer)
        let rates = LearningRate(recipe.optimizer, stepCount: recipe.stepCount)
        for step in 0..<run.steps {
            let gradients = try parameters.parameters.map { try stored["step\(step).grad.\($0.name)"] }
            try parameters.apply(gradients, norm: Gradients.totalNorm(gradients), step: step + 1, learningRate: rates(step))
            for parameter in parameters.parameters {
                try expectClose(parameter.weight.detached(), stored["step\(step).after.param.\(parameter.name)"], .golden(1e-6))
                let average = try #require(parameter.state?.average)
                try expectClose(average, stored["step\(step).after.ema.\(parameter.name)"], .golden(1e-6))
            }
        }
    }
}
