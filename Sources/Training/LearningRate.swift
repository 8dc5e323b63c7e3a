import Foundation

/// The learning rate of every step.
public struct LearningRate: Sendable {
    private let recipe: OptimizerRecipe
    private let stepCount: Int

    public init(_ recipe: OptimizerRecipe, stepCount: Int) {
        self.recipe = recipe
        self.stepCount = stepCount
    }

    /// - Parameter step: steps done before; the first one is 0, and in a warm-up of n steps has a rate of 0, as in the
    ///   official trainer.
    public func callAsFunction(_ step: Int) -> Double {
        if step < recipe.warmupSteps { return recipe.learningRate * Double(step) / Double(recipe.warmupSteps) }
        let length = max(1, stepCount - recipe.warmupSteps)
        let progress = min(1, Double(step - recipe.warmupSteps) / Double(length))
        let (high, low) = (recipe.learningRate, recipe.finalLearningRate)
        switch recipe.schedule {
        case .constant: return high
        case .linear: return high + (low - high) * progress
        case .cosine: return low + (high - low) * (1 + cos(.pi * progress)) / 2
        }
    }
}
