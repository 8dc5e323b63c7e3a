import Foundation
import Generation
import Imaging
import Testing

@Suite struct RecipeTests {
    private var request: GenerationRequest {
        var request = GenerationRequest(prompt: "a \"fox\"\nin the snow, 雪")
        request.negativePrompt = "rain"
        request.width = 512
        request.height = 384
        request.stepCount = 25
        request.guidance = 4
        request.trueCFG = 2.5
        request.seed = .max
        request.posterior = .seeded(7)
        request.referenceSize = 320
        request.positions = .w
        request.noiseType = .float32
        request.noiseDevice = .cpu
        request.cfgWindow = 1..<4
        request.negativeGuidance = 2
        request.firstStepGuidance = 1.5
        request.preparation = .none
        return request
    }

    private func recipe(_ request: GenerationRequest) -> Recipe {
        var recipe = Recipe(request, version: "1.2.3", system: "uno", model: "models/uno")
        recipe.modelFiles = ["ae.safetensors": "00ff"]
        recipe.adapters = [.init(path: "a.safetensors", weight: 0.5, sha256: "aa")]
        recipe.references = [.init(role: .subject, path: "cat.png", sha256: "bb", slot: 2)]
        return recipe
    }

    @Test func requestSurvivesARecipe() {
        #expect(recipe(request).request == request)
    }

    @Test(arguments: [PosteriorSampling.mean, .seeded(nil), .seeded(3)])
    func posteriorSurvivesARecipe(_ posterior: PosteriorSampling) {
        var request = request
        request.posterior = posterior
        #expect(recipe(request).request.posterior == posterior)
    }

    @Test func posteriorThatFollowsTheSeedIsNotFixed() {
        var request = request
        request.seed = 5
        request.posterior = .seeded(5)
        #expect(recipe(request).posteriorSeed == nil)
    }

    @Test(arguments: ["png", "jpg", "webp"])
    func recipeSurvivesAPictureFile(_ format: String) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("recipe-\(UUID().uuidString).\(format)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let recipe = recipe(request)
        let image = PixelImage(width: 2, height: 1, layout: .rgb, pixels: [0, 1, 2, 3, 4, 5])
        try PictureFile.write(image, to: path, metadata: recipe.metadata)
        #expect(try Recipe.stored(in: path) == recipe)
    }

    @Test func otherProgramsFindTheSettings() {
        let text = recipe(request).metadata[PictureMetadata.parametersKey]
        #expect(
            text == """
                a "fox"
                in the snow, 雪
                Negative prompt: rain
                Steps: 25, CFG scale: 2.5, Distilled CFG Scale: 4.0, Seed: 18446744073709551615, Size: 512x384, Model: uno, Version: atelier 1.2.3
                """)
    }

    @Test func pictureWithoutRecipeIsRefused() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("plain-\(UUID().uuidString).png").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try PictureFile.write(PixelImage(width: 1, height: 1, layout: .rgb, pixels: [0, 0, 0]), to: path)
        #expect(throws: RecipeError.absent(path)) { try Recipe.stored(in: path) }
    }

    @Test func damagedRecipeIsRefused() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("damaged-\(UUID().uuidString).png").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let image = PixelImage(width: 1, height: 1, layout: .rgb, pixels: [0, 0, 0])
        try PictureFile.write(image, to: path, metadata: [PictureMetadata.recipeKey: "{\"seed\": \"x\"}"])
        #expect(throws: RecipeError.unreadable(path)) { try Recipe.stored(in: path) }
    }
}
