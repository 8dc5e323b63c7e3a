import Checkpoints
import Flux
import Foundation
import TestSupport
import Testing
import Torch
import Training

extension TinyWorld {
    /// The recipe with other values by dotted path.
    func recipe(_ changes: [String: String] = [:]) throws -> TrainingRecipe {
        try TrainingRecipe(yaml: yaml, changes: ["save.folder": path("run")].merging(changes) { $1 }, name: "tiny")
    }
}

@Suite(.serialized) struct TrainingRunTests {
    private func train(_ recipe: TrainingRecipe, resumes: Bool = false, stopAfter: Int? = nil) throws {
        let run = try TrainingRun(recipe, resumes: resumes)
        try run(isCancelled: { stopAfter.map { run.step >= $0 } ?? false })
    }

    @Test func aRunWritesItsFolderAndAModelThatLoads() throws {
        let world = try TinyWorld()
        try train(world.recipe())
        for file in ["recipe.yaml", "metrics.jsonl", "report.html", "samples/step-5.png", "samples/step-10.png", "checkpoints/step-10/position.json"] {
            #expect(FileManager.default.fileExists(atPath: world.path("run/\(file)")), "\(file)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: world.path("run/checkpoints")).sorted() == ["step-10", "step-9"])
        let losses = try world.losses()
        #expect(losses.count == 10 && losses.allSatisfy(\.isFinite))
        let directory = try ModelDirectory(path: world.path("run/model"))
        let configuration = try #require(directory.description.flux)
        _ = try ParameterScope.load(Checkpoint.open(directory.file(directory.description.files.flux)), dtype: .float32) {
            try FluxTransformer(configuration, at: $0)
        }
        #expect(FileManager.default.fileExists(atPath: directory.file(directory.description.files.t5) + "/spiece.model"))
    }

    @Test(arguments: ["text-to-image", "uno", "autoencoder", "reader"]) func aResumedRunIsTheUninterruptedOne(objective: String) throws {
        let parts = ["text-to-image": "[transformer, text]", "uno": "[adapter]", "autoencoder": "[autoencoder]", "reader": "[reader]"]
        let changes = ["objective": objective, "train": parts[objective] ?? "", "adapter_rank": "2", "validate.every": "0", "threads": "1"]
        let whole = try TinyWorld(), parted = try TinyWorld()
        try train(whole.recipe(changes))
        try train(parted.recipe(changes), stopAfter: 4)
        try train(parted.recipe(changes), resumes: true, stopAfter: 7)
        try train(parted.recipe(changes), resumes: true)
        #expect(try whole.losses() == parted.losses())
        let one = try Checkpoint.open(whole.path("run/checkpoints/step-10/state.safetensors"))
        let other = try Checkpoint.open(parted.path("run/checkpoints/step-10/state.safetensors"))
        for key in one.keys { #expect(try one.tensor(key).values(as: Float.self) == other.tensor(key).values(as: Float.self), "\(key)") }
    }

    @Test func theLatentScaleIsThatOfTheFinalWeightsHoweverOftenTheRunEnds() throws {
        let world = try TinyWorld()
        let changes = ["objective": "autoencoder", "train": "[autoencoder]", "autoencoder.statistics": "8", "validate.every": "2"]
        try train(world.recipe(changes))
        let first = try #require(try ModelDirectory(path: world.path("run/model")).description.autoencoder)
        #expect(first.scaleFactor != 1 && first.shiftFactor != 0)
        try train(world.recipe(changes), resumes: true)
        #expect(try ModelDirectory(path: world.path("run/model")).description.autoencoder == first)
        let other = try TinyWorld()
        try train(other.recipe(changes.merging(["validate.every": "0"]) { $1 }))
        #expect(try ModelDirectory(path: other.path("run/model")).description.autoencoder == first)
        #expect(try FileManager.default.contentsOfDirectory(atPath: other.path("run/samples")).isEmpty)
    }

    @Test func accumulatedPassesAreOneLargerBatch() throws {
        let whole = try TinyWorld(), parted = try TinyWorld()
        let changes = ["validate.every": "0", "steps": "3", "data.world": "{one-subject: 1}"]
        try train(whole.recipe(changes.merging(["batch": "4"]) { $1 }))
        try train(parted.recipe(changes.merging(["batch": "2", "accumulate": "2"]) { $1 }))
        for (a, b) in zip(try whole.losses(), try parted.losses()) { #expect(abs(a - b) < 1e-5 * a, "\(a) and \(b)") }
    }

    @Test func aSecondRunInTheFolderIsRefused() throws {
        let world = try TinyWorld()
        let first = try TrainingRun(world.recipe(), resumes: false)
        let error = #expect(throws: TrainingError.self) { _ = try TrainingRun(world.recipe(), resumes: false) }
        #expect(error?.description.contains("in use") == true)
        withExtendedLifetime(first) {}
    }

    @Test func checkpointsAreNotOverwrittenUnasked() throws {
        let world = try TinyWorld()
        try train(world.recipe(["steps": "3", "validate.every": "0"]))
        let error = #expect(throws: TrainingError.self) { _ = try TrainingRun(world.recipe(), resumes: false) }
        #expect(error?.description.contains("--resume") == true)
    }

    @Test func otherRunsAndArchitecturesAreRefused() throws {
        let world = try TinyWorld()
        try train(world.recipe(["steps": "3", "validate.every": "0"]))
        let other = #expect(throws: TrainingError.self) { _ = try TrainingRun(world.recipe(["seed": "7"]), resumes: true) }
        #expect(other?.description.contains("seed") == true)
        let text = try String(contentsOfFile: world.path("model/model.json"), encoding: .utf8)
        try world.write("model/model.json", text.replacing("\"hidden_size\": 32", with: "\"hidden_size\": 64").replacing("[4, 6, 6]", with: "[8, 12, 12]"))
        let shape = #expect(throws: TrainingError.self) { _ = try TrainingRun(world.recipe(), resumes: true) }
        #expect(shape?.description.contains("another model") == true, "\(shape?.description ?? "")")
    }

    @Test func aDamagedCheckpointFallsBackToTheOneBefore() throws {
        let world = try TinyWorld()
        try train(world.recipe(["steps": "6", "validate.every": "0"]))
        let file = world.path("run/checkpoints/step-6/state.safetensors")
        let handle = try #require(FileHandle(forWritingAtPath: file))
        try handle.truncate(atOffset: 100)
        try handle.close()
        var remarks: [String] = []
        let run = try TrainingRun(world.recipe(["steps": "6"]), resumes: true) { if case .remark(let text) = $0 { remarks.append(text) } }
        #expect(run.step == 3)
        #expect(remarks.contains { $0.contains("step-6 is damaged") }, "\(remarks)")
    }

    @Test func lossesThatAreNotFiniteStopTheRunWithTheBatch() throws {
        let world = try TinyWorld()
        // Weights beyond float32 come from a learning rate that no one would choose.
        let recipe = try world.recipe(["optimizer.learning_rate": "10", "optimizer.warmup": "0", "optimizer.clip": "0", "steps": "400", "validate.every": "0", "save.every": "1000", "optimizer.epsilon": "1e-20", "optimizer.weight_decay": "10"])
        let error = #expect(throws: TrainingError.self) { try train(recipe) }
        #expect(error?.description.contains("world ") == true, "\(error?.description ?? "")")
    }

    @Test func eightBitBaseTrainsAnAdapter() throws {
        let world = try TinyWorld()
        let changes = ["objective": "uno", "train": "[adapter]", "adapter_rank": "4", "validate.every": "0", "gradient_checkpointing": "true"]
        try train(world.recipe(changes))
        let whole = try world.losses()
        try train(world.recipe(changes.merging(["base_8bit": "true", "save.folder": world.path("eight")]) { $1 }))
        let eight = try world.losses("eight")
        #expect(zip(whole, eight).allSatisfy { abs($0 - $1) < 0.05 * $0 }, "\(whole) \(eight)")
        #expect(FileManager.default.fileExists(atPath: world.path("eight/model/dit_lora.safetensors")))
    }

    /// The gradients and the update of one step, with our kernels and with libtorch's operations, which GPUs run.
    @Test(arguments: ["text-to-image", "uno", "autoencoder"]) func aStepIsTheSameWithoutFusedKernels(objective: String) throws {
        let parts = ["text-to-image": "[transformer, text]", "uno": "[transformer]", "autoencoder": "[autoencoder]"]
        let changes = [
            "objective": objective, "train": parts[objective] ?? "", "validate.every": "0", "steps": "1", "optimizer.warmup": "0",
            "optimizer.clip": "0", "gradient_checkpointing": objective == "uno" ? "true" : "false",
        ]
        let fused = try TinyWorld(), plain = try TinyWorld()
        try train(fused.recipe(changes))
        try FusedKernels.disabled { try train(plain.recipe(changes)) }
        #expect(try abs(fused.losses()[0] - plain.losses()[0]) < 1e-5 * fused.losses()[0])
        let one = try Checkpoint.open(fused.path("run/checkpoints/step-1/state.safetensors"))
        let other = try Checkpoint.open(plain.path("run/checkpoints/step-1/state.safetensors"))
        var count = 0, near = 0
        for key in one.keys {
            let a = try one.tensor(key), b = try other.tensor(key), difference = try (a - b).abs().values(as: Double.self)
            if key.hasPrefix("first.") {
                // A tenth of the gradient.
                let largest = try a.abs().values(as: Double.self).max() ?? 0
                #expect((difference.max() ?? 0) <= 1e-4 * largest + 1e-9, "\(key): off by \(difference.max() ?? 0) of \(largest)")
            } else if key.hasPrefix("master.") {
                // Where a gradient is nearly 0, the first update may turn.
                #expect((difference.max() ?? 0) <= 2.1e-3, "\(key)")
                count += difference.count
                near += difference.count { $0 <= 1e-5 }
            }
        }
        #expect(count > 0 && Double(near) >= 0.99 * Double(count), "\(near) of \(count) are near")
    }

    @Test func aCacheChangesNoLoss() throws {
        let world = try TinyWorld()
        let changes = [
            "objective": "uno", "train": "[adapter]", "adapter_rank": "2", "validate.every": "0", "data.world.count": "8", "save.folder": world.path("plain"),
        ]
        try train(world.recipe(changes))
        let cached = changes.merging(["data.cache": world.path("cache"), "save.folder": world.path("cached")]) { $1 }
        try train(world.recipe(cached))
        // Random weights belong to no file, yet the cache must serve them; a second run reads what the first has stored.
        try train(world.recipe(cached.merging(["save.folder": world.path("again")]) { $1 }))
        let plain = try world.losses("plain")
        #expect(try world.losses("again") == world.losses("cached"))
        for (a, b) in zip(plain, try world.losses("cached")) { #expect(abs(a - b) < 1e-5 * a) }
        let names = try FileManager.default.contentsOfDirectory(atPath: world.path("cache"))
        #expect(!names.isEmpty)
    }

    @Test func cachedPromptsAreKeptInTheTypeOfTheRun() throws {
        let world = try TinyWorld()
        func size(_ precision: String) throws -> Int {
            let cache = world.path("cache-\(precision)")
            try train(world.recipe([
                "objective": "uno", "train": "[adapter]", "adapter_rank": "2", "validate.every": "0", "steps": "2", "data.world.count": "4",
                "data.cache": cache, "precision": precision, "save.folder": world.path(precision),
            ]))
            return try FileManager.default.subpathsOfDirectory(atPath: cache).reduce(0) {
                $0 + (try FileManager.default.attributesOfItem(atPath: "\(cache)/\($1)")[.size] as? Int ?? 0)
            }
        }
        // 16 tokens of 16 values and a vector of 16, for one prompt at least.
        #expect(try size("float32") - size("bfloat16") >= 2 * 17 * 16)
    }

    @Test func missingDataIsNamed() throws {
        let world = try TinyWorld()
        let none = #expect(throws: TrainingError.self) { _ = try TrainingRun(world.recipe(["data": "{resolution: 32}"]), resumes: false) }
        #expect(none?.description.contains("'data'") == true)
        #expect(throws: (any Error).self) { _ = try TrainingRun(world.recipe(["data": "{json: nowhere.json}"]), resumes: false) }
    }
}
