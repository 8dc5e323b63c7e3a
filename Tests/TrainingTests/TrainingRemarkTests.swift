import Foundation
import Imaging
import TestSupport
import Testing
import Training

/// What a run tells a person about its data.
@Suite(.serialized) struct TrainingRemarkTests {
    private func remarks(_ recipe: TrainingRecipe) throws -> [String] {
        var remarks: [String] = []
        let run = try TrainingRun(recipe, resumes: false)
        try run(emit: { if case .remark(let text) = $0 { remarks.append(text) } })
        return remarks
    }

    @Test func anUnreadablePictureIsToldOnce() throws {
        let world = try TinyWorld()
        let names = (0..<4).map { "\($0).png" }
        for name in names {
            try PictureFile.write(PixelImage(width: 32, height: 32, layout: .rgb, pixels: Array(repeating: 90, count: 3 * 32 * 32)), to: world.path(name))
        }
        try world.write("2.png", "no picture")
        try world.write("list.json", "[" + names.map { "{\"prompt\": \"a\", \"image_tgt_path\": \"\($0)\"}" }.joined(separator: ", ") + "]")
        let told = try remarks(world.recipe([
            "data": "{json: \(world.path("list.json")), resolution: 32, bad_limit: 1}", "save.every": "1", "steps": "6", "validate.every": "0",
        ]))
        #expect(told.count { $0.hasPrefix("skipped") } == 1, "\(told)")
        #expect(told.contains { $0.contains("2.png") })
    }

    @Test func textToImageLeavesReferencesOutAndSaysSo() throws {
        let world = try TinyWorld()
        let data = ["data.world": "{one-subject: 1}", "steps": "3", "optimizer.warmup": "0", "validate.every": "2", "validate.samples": "1"]
        let told = try remarks(world.recipe(data))
        #expect(told.count { $0.contains("references") && $0.contains("objective: uno") } == 1, "\(told)")
        let uno = try remarks(world.recipe(data.merging(["objective": "uno", "save.folder": world.path("uno")]) { $1 }))
        #expect(!uno.contains { $0.contains("references") }, "\(uno)")
        #expect(try world.losses() != world.losses("uno"))
    }
}
