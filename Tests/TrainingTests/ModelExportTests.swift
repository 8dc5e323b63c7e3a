import Checkpoints
import Datasets
import Flux
import Foundation
import Layers
import TestSupport
import Testing
import TextEncoders
import Torch
import Training

/// The model directory that a run ends with: whole, and what was trained.
@Suite(.serialized) struct ModelExportTests {
    private func train(_ recipe: TrainingRecipe) throws { try TrainingRun(recipe, resumes: false)() }

    private static let quick = ["validate.every": "0", "steps": "1", "optimizer.warmup": "0", "optimizer.ema": "0"]

    private func changes(_ more: [String: String]) -> [String: String] { Self.quick.merging(more) { $1 } }

    private func tensors(_ path: String) throws -> [String: [Float]] {
        let source = try Checkpoint.open(path)
        return try Dictionary(uniqueKeysWithValues: source.keys.map { ($0, try source.tensor($0).values(as: Float.self)) })
    }

    @Test(arguments: ["transformer", "adapter", "text"]) func networksDrawnAtRandomAreInTheModelTrainedOrNot(part: String) throws {
        let world = try TinyWorld()
        try train(world.recipe(changes(["objective": "uno", "train": "[\(part)]", "adapter_rank": "2"])))
        let directory = try ModelDirectory(path: world.path("run/model"))
        _ = try FluxModel(directory, dtype: .float32)
        _ = try EncoderDirectory.t5(world.path("run/model/t5"), dtype: .float32)
        _ = try EncoderDirectory.clip(world.path("run/model/clip"), dtype: .float32)
        // The next run, which draws nothing, begins with the same networks.
        let next = try world.recipe(changes([
            "objective": "uno", "train": "[\(part)]", "adapter_rank": "2", "initialize": "[]", "model": world.path("run/model"),
            "save.folder": world.path("next"), "optimizer.learning_rate": "0", "optimizer.weight_decay": "0",
        ]))
        try train(next)
        for file in ["ae.safetensors", "flux.safetensors", "t5/model.safetensors", "clip/model.safetensors"] {
            #expect(try tensors(world.path("run/model/\(file)")) == tensors(world.path("next/model/\(file)")), "\(file)")
        }
    }

    @Test func trainedTextEncodersReplaceLargeFoldersToo() throws {
        let world = try TinyWorld()
        // Untouched folders of this size are not copied; this one has old weights of that size.
        let old = world.path("model/t5/pytorch_model.bin")
        #expect(FileManager.default.createFile(atPath: old, contents: nil))
        let file = try #require(FileHandle(forWritingAtPath: old))
        try file.truncate(atOffset: 65 << 20)
        try file.close()
        try train(world.recipe(changes([:])))
        let model = try ModelDirectory(path: world.path("run/model"))
        #expect(model.description.files.t5 == "t5")
        let names = try FileManager.default.contentsOfDirectory(atPath: world.path("run/model/t5")).sorted()
        #expect(names == ["config.json", "model.safetensors", "spiece.model"])
        _ = try EncoderDirectory.t5(world.path("run/model/t5"), dtype: .float32)
    }

    /// A model with an adapter of strength 0.5, and what its transformer computes with.
    private func adapted(_ world: TinyWorld) throws -> [String: [Float]] {
        // A transformer just drawn gives zeros, whatever its adapter says.
        try train(world.recipe(changes([
            "objective": "uno", "train": "[transformer]", "steps": "3", "optimizer.learning_rate": "0.01", "save.folder": world.path("base"),
        ])))
        try train(world.recipe(changes([
            "objective": "uno", "train": "[adapter]", "adapter_rank": "2", "steps": "3", "optimizer.learning_rate": "0.1", "initialize": "[]",
            "model": world.path("base/model"),
        ])))
        let file = world.path("run/model/model.json")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try Data(text.replacing("\"file\" : \"dit_lora.safetensors\"", with: "\"file\": \"dit_lora.safetensors\", \"weight\": 0.5").utf8)
            .write(to: URL(fileURLWithPath: file))
        let directory = try ModelDirectory(path: world.path("run/model"))
        #expect(directory.description.files.loras == [.init(file: "dit_lora.safetensors", weight: 0.5)])
        let scope = try ParameterScope.load(Checkpoint.open(directory.file("flux.safetensors")), dtype: .float32) {
            try FluxTransformer(#require(directory.description.flux), at: $0)
        }
        try scope.attach([.init(path: directory.file("dit_lora.safetensors"), weight: 0.5)], merges: true, dtype: .float32, device: .cpu)
        var values = try tensors(directory.file("flux.safetensors"))
        for (path, module) in scope.parameters.modules {
            if let weight = module as? AdaptableWeight { values["\(path).weight"] = try weight.value().values(as: Float.self) }
        }
        return values
    }

    @Test func aTransformerIsTrainedWithItsAdapterInIt() throws {
        let world = try TinyWorld(), merged = try adapted(world)
        #expect(try merged != tensors(world.path("run/model/flux.safetensors")))
        try train(world.recipe(changes([
            "objective": "uno", "train": "[transformer]", "initialize": "[]", "model": world.path("run/model"), "save.folder": world.path("whole"),
            "optimizer.learning_rate": "0", "optimizer.weight_decay": "0",
        ])))
        #expect(try ModelDirectory(path: world.path("whole/model")).description.files.loras == nil)
        #expect(try tensors(world.path("whole/model/flux.safetensors")) == merged)
    }

    @Test func anAdapterGoesOnAtItsStrength() throws {
        let world = try TinyWorld()
        _ = try adapted(world)
        let more = changes([
            "objective": "uno", "initialize": "[]", "model": world.path("run/model"), "save.folder": world.path("more"),
            "optimizer.learning_rate": "0", "optimizer.weight_decay": "0",
        ])
        try train(world.recipe(more.merging(["train": "[adapter]"]) { $1 }))
        let directory = try ModelDirectory(path: world.path("more/model"))
        #expect(directory.description.files.loras == [.init(file: "dit_lora.safetensors", weight: 0.5)])
        #expect(try tensors(world.path("more/model/dit_lora.safetensors")) == tensors(world.path("run/model/dit_lora.safetensors")))
        // Under text encoders in training the transformer keeps it, in the losses and in the export.
        try train(world.recipe(more.merging(["train": "[text]", "save.folder": world.path("text")]) { $1 }))
        #expect(try ModelDirectory(path: world.path("text/model")).description.files.loras == directory.description.files.loras)
        let (adapter, text) = (try world.losses("more"), try world.losses("text"))
        #expect(abs(adapter[0] - text[0]) < 1e-5 * adapter[0], "\(adapter) \(text)")
    }

    @Test func oneOfSeveralAdaptersIsNotGuessed() throws {
        let world = try TinyWorld()
        _ = try adapted(world)
        let file = world.path("run/model/model.json"), text = try String(contentsOfFile: file, encoding: .utf8)
        try Data(text.replacing("\"weight\": 0.5", with: "\"weight\": 0.5}, {\"file\": \"other.safetensors\"").utf8).write(to: URL(fileURLWithPath: file))
        let recipe = try world.recipe(changes([
            "objective": "uno", "train": "[adapter]", "initialize": "[]", "model": world.path("run/model"), "save.folder": world.path("more"),
        ]))
        let error = #expect(throws: TrainingError.self) { _ = try TrainingRun(recipe, resumes: false) }
        #expect(error?.description.contains("2 adapters") == true, "\(error?.description ?? "")")
    }

    private final class Measured: Objective {
        var weights: [(name: String, tensor: Tensor)] { [] }
        func loss(_ batch: TrainingBatch, _ draws: ExampleDraws, meanWeight: Double) throws -> Loss { throw CancellationError() }
        func samples(_ batch: TrainingBatch) throws -> [SampleRow] { [] }
        func export(_ weights: [(name: String, tensor: Tensor)], to folder: String) throws -> ExportedFiles {
            var files = ExportedFiles()
            files.latentScale = (0.75, 0.25)
            return files
        }
    }

    @Test func theScaleOfLatentsIsWrittenWithoutASectionForIt() throws {
        let world = try TinyWorld()
        let text = try String(contentsOfFile: world.path("model/model.json"), encoding: .utf8)
        try world.write("model/model.json", text.replacing(/"autoencoder": \{[^}]*\},/, with: ""))
        let recipe = try world.recipe(["initialize": "[]"])
        #expect(try ModelDirectory(path: recipe.model).description.autoencoder == nil)
        try ModelExport(model: ModelInTraining(recipe, device: .cpu), objective: Measured(), folder: world.path("out")).write([])
        let written = try #require(try ModelDirectory(path: world.path("out")).description.autoencoder)
        #expect(written.scaleFactor == 0.75 && written.shiftFactor == 0.25)
        #expect(written.channels == AutoEncoderConfiguration.flux.channels)
    }
}
