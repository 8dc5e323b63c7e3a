import Foundation
import TestSupport
import Testing
import Training

/// What `--dry-run` says, against the run itself.
@Suite(.serialized) struct DryRunTests {
    @Test(arguments: [
        ("text-to-image", "[transformer, text]"), ("uno", "[adapter]"), ("autoencoder", "[autoencoder]"), ("autoencoder", "[decoder]"),
    ]) func whatIsTrainedIsCountedAsTheRunCountsIt(objective: String, parts: String) throws {
        let world = try TinyWorld(), recipe = try world.recipe(["objective": objective, "train": parts, "adapter_rank": "3"])
        let dry = try DryRun(recipe)
        #expect(try dry.trainedCount == TrainingRun(recipe, resumes: false).parameterCount)
        #expect(dry.memory.activations > 0)
    }

    @Test func anAdapterThatTheModelHasIsCountedWithItsOwnRank() throws {
        let world = try TinyWorld()
        let adapter = ["objective": "uno", "train": "[adapter]", "adapter_rank": "3", "validate.every": "0", "steps": "1"]
        let first = try TrainingRun(world.recipe(adapter), resumes: false)
        try first()
        let more = try DryRun(world.recipe(adapter.merging([
            "model": world.path("run/model"), "initialize": "[]", "adapter_rank": "8", "save.folder": world.path("more"),
        ]) { $1 }))
        #expect(more.trainedCount == first.parameterCount)
    }

    @Test func networksToBeDrawnAreCountedWithoutDrawingThem() throws {
        let world = try TinyWorld()
        // Without sizes, a description means those of FLUX.1-dev: more than this test's machine could hold.
        let text = try String(contentsOfFile: world.path("model/model.json"), encoding: .utf8)
        try world.write("model/model.json", text.replacing(/"flux": \{[^}]*\},/, with: "").replacing(/"autoencoder": \{[^}]*\},/, with: ""))
        let seconds = try processorSeconds {
            let dry = try DryRun(world.recipe(["data.resolution": "64", "data.resolution_ref": "64"]))
            #expect(dry.networks.first { $0.name == "flux" }?.count == 11_901_408_320)
            #expect(dry.trainedCount > 11_901_408_320)
        }
        #expect(seconds < 20)
    }
}
