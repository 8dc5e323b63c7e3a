package import Flux

/// Gibibytes that a run takes at its peak, by purpose. Estimated from sizes alone.
public struct MemoryEstimate: Sendable {
    /// Frozen and trained weights that the model computes with.
    public let weights: Double
    /// Gradients of the trained weights.
    public let gradients: Double
    /// Masters, moments and averages.
    public let optimizer: Double
    /// What the forward pass keeps for the backward pass, and what both need on the way.
    public let activations: Double

    public var total: Double { weights + gradients + optimizer + activations }

    /// The sizes of a batch that a run computes with.
    package struct BatchSizes {
        package var exampleCount: Int
        /// Text, target and reference tokens of one example.
        package var tokenCount: Int
        /// Pixels of the pictures that the autoencoder sees of one example, the largest.
        package var pixelCount: Int

        package init(exampleCount: Int, tokenCount: Int, pixelCount: Int) {
            (self.exampleCount, self.tokenCount, self.pixelCount) = (exampleCount, tokenCount, pixelCount)
        }
    }

    /// - Parameters:
    ///   - counts: values of the networks in use.
    ///   - trainedCount: values in training.
    ///   - adapterRank: 0 without an adapter in training.
    package init(
        _ recipe: TrainingRecipe, flux: FluxConfiguration, autoEncoder: AutoEncoderConfiguration, counts: [ModelComponent: Int],
        trainedCount: Int, adapterRank: Int, batch: BatchSizes
    ) {
        let width = recipe.precision == .float32 ? 4.0 : 2.0, trainsAutoEncoder = recipe.objective == .autoencoder
        let base = Double(counts[.flux] ?? 0) * (recipe.baseIs8Bit ? 1 : width)
        let text = Double((counts[.t5] ?? 0) + (counts[.clip] ?? 0)) * width
        let adapter = recipe.trained.contains(.adapter) ? Double(trainedCount) * width : 0
        // A frozen autoencoder works in float32.
        weights = Self.gibibytes(base + text + adapter + Double(counts[.autoencoder] ?? 0) * (trainsAutoEncoder ? width : 4))
        gradients = Self.gibibytes(Double(trainedCount) * width)
        let master = recipe.precision == .float32 ? 0.0 : 4, average = recipe.optimizer.averageDecay > 0 ? 4.0 : 0
        optimizer = Self.gibibytes(Double(trainedCount) * (8 + master + average))
        let pictures = AutoEncoderActivations(autoEncoder, pixelCount: batch.pixelCount, isComposed: recipe.precision == .bfloat16)
        let perExample = if trainsAutoEncoder {
            pictures.training(withEncoder: recipe.trained.contains(.autoencoder)) * width
        } else {
            // Encoding ends before the transformer begins, so the larger of the two counts.
            max(TransformerActivations(recipe, flux, tokenCount: batch.tokenCount, adapterRank: adapterRank).bytes, pictures.encoding * 4)
        }
        activations = Self.gibibytes(perExample * Double(batch.exampleCount))
    }

    private static func gibibytes(_ bytes: Double) -> Double { bytes / Double(1 << 30) }
}
