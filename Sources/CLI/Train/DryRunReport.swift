import Foundation
import Training

/// A dry run as text.
struct DryRunReport {
    private let run: DryRun
    private let recipe: TrainingRecipe

    init(_ run: DryRun, _ recipe: TrainingRecipe) {
        self.run = run
        self.recipe = recipe
    }

    func print() {
        Console.print("\(recipe.name): \(recipe.stepCount) steps of \(recipe.batchSize * recipe.accumulation) examples, \(recipe.objective.rawValue)")
        for network in run.networks { Console.print(String(format: "  %@ %@ parameters", network.name.padding(toLength: 12, withPad: " ", startingAt: 0), grouped(network.count))) }
        Console.print("  \(grouped(run.trainedCount)) parameters in training (\(recipe.trained.map(\.rawValue).joined(separator: ", ")))")
        let memory = run.memory
        Console.print(String(
            format: "  about %.2f GiB: weights %.2f, gradients %.2f, optimizer %.2f, activations %.2f", memory.total, memory.weights,
            memory.gradients, memory.optimizer, memory.activations))
        for prompt in run.prompts.prefix(4) { Console.print("  \"\(prompt)\"") }
        Console.print(run.picture)
    }

    /// 11901408320 as "11,901,408,320".
    private func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(number).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}
