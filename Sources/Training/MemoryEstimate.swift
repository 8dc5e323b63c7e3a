import Flux

/// Gibibytes that a run takes at its peak, by purpose. Estimated from sizes alone.
public struct MemoryEstimate: Sendable {
    /// Frozen and trained weights that the model computes with.
    public let weights: Double
    /// Gradients of the trained weights.
    public let gradients: Double
    /// Masters, moments and averages.
    public let optimizer: Double
    /// What the forward pass keeps for the backward pass.
    public let activations: Double

    public var total: Double { weights + gradients + optimizer + activations }

    /// - Parameter tokenCount: text, target and reference tokens of one example.
    init(_ recipe: TrainingRecipe, flux: FluxConfiguration, counts: [ModelComponent: Int], trainedCount: Int, tokenCount: Int) {
        let width = recipe.precision == .float32 ? 4.0 : 2.0
        let base = Double(counts[.flux] ?? 0) * (recipe.baseIs8Bit ? 1 : width)
        let text = Double((counts[.t5] ?? 0) + (counts[.clip] ?? 0)) * width
        let adapter = recipe.trained.contains(.adapter) ? Double(trainedCount) * width : 0
        weights = Self.gibibytes(base + text + adapter + Double(counts[.autoencoder] ?? 0) * 4)
        gradients = Self.gibibytes(Double(trainedCount) * width)
        let master = recipe.precision == .float32 ? 0.0 : 4, average = recipe.optimizer.averageDecay > 0 ? 4.0 : 0
        optimizer = Self.gibibytes(Double(trainedCount) * (8 + master + average))
        activations = Self.gibibytes(Self.activations(recipe, flux, tokenCount) * width * Double(recipe.batchSize))
    }

    /// Values kept for the backward pass of one example.
    ///
    /// A block keeps, per token and in units of the hidden size: two norms' inputs, queries, keys and values before and after
    /// norm and rotation (6), the attention's result (1), the MLP before and after its activation (2 · ratio), and what enters
    /// the projections (2); an adapter keeps its small projections. Recomputation keeps one input per block, and one block whole.
    private static func activations(_ recipe: TrainingRecipe, _ flux: FluxConfiguration, _ tokenCount: Int) -> Double {
        guard recipe.objective != .autoencoder else { return 0 }
        let hidden = Double(flux.hiddenSize), tokens = Double(tokenCount)
        let adapter = recipe.trained.contains(.adapter) ? 2 * Double(recipe.adapterRank) / hidden + 4 : 0
        let block = (11 + 2 * flux.mlpRatio + adapter) * hidden * tokens
        let blocks = Double(flux.depth + flux.singleDepth)
        return recipe.recomputes ? blocks * hidden * tokens + block : blocks * block
    }

    private static func gibibytes(_ bytes: Double) -> Double { bytes / Double(1 << 30) }
}
