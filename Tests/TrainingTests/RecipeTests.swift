import Testing
import Training

@Suite struct RecipeTests {
    @Test func anEmptyRecipeHasTheOfficialTrainersNumbers() throws {
        let recipe = try TrainingRecipe(yaml: "model: m", name: "r")
        #expect(recipe.optimizer.beta2 == 0.999)
        #expect(recipe.adapterRank == 512)
        #expect(recipe.flow.textDropout == 0.1)
        #expect(recipe.outputFolder == "runs/r")
    }

    @Test func unknownFieldsAreRefusedWithTheNearest() {
        #expect(throws: TrainingError.unknownField("optimizer.learning_rat", nearest: "optimizer.learning_rate", known: [])) {
            do { _ = try TrainingRecipe(yaml: "model: m\noptimizer:\n  learning_rat: 1", name: "r") } catch TrainingError.unknownField(let field, let nearest, _) {
                throw TrainingError.unknownField(field, nearest: nearest, known: [])
            }
        }
    }

    @Test(arguments: [
        ("steps: many", "steps"), ("model: m\nsteps: 0", "steps"), ("model: m\noptimizer: 3", "optimizer"),
        ("model: m\nprecision: half", "precision"), ("steps: 3", "model"), ("model: m\ntrain: [decoder]", "train"),
        ("model: m\ntrain: [adapter, transformer]", "train"), ("model: m\nflow: {guidance: [1, 2, 3]}", "flow.guidance"),
    ]) func wrongValuesAreNamed(yaml: String, field: String) {
        let error = #expect(throws: TrainingError.self) { _ = try TrainingRecipe(yaml: yaml, name: "r") }
        #expect(error?.description.contains("'\(field)'") == true, "\(error?.description ?? "")")
    }

    @Test func brokenYAMLIsNamed() {
        let error = #expect(throws: TrainingError.self) { _ = try TrainingRecipe(yaml: "a: [1", name: "r") }
        #expect(error?.description.contains("not valid YAML") == true)
    }

    @Test func theResolvedRecipeOfAListHasNoWorld() throws {
        let recipe = try TrainingRecipe(yaml: "model: m\ndata: {json: list.json}", name: "r")
        #expect(try TrainingRecipe(yaml: recipe.resolved, name: "r").data.world == nil)
    }

    @Test func theResolvedRecipeReadsBackAsItself() throws {
        let recipe = try TrainingRecipe(
            yaml: "model: \"a \\\"b\\\"\"\nobjective: uno\nflow: {guidance: [1, 5]}\ndata: {world: {one-subject: 2}}",
            changes: ["optimizer.learning_rate": "3e-4", "steps": "1_000"], name: "r")
        #expect(recipe.optimizer.learningRate == 3e-4)
        #expect(recipe.stepCount == 1000)
        let again = try TrainingRecipe(yaml: recipe.resolved, name: "other")
        #expect(again.resolved == recipe.resolved)
    }
}
