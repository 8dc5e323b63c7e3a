import Flux

/// What a transformer's training step keeps, counted in hidden vectors per token.
///
/// A vector counts once however many operations keep it. Where weights are frozen, a linear layer keeps nothing but for its
/// adapter. In bfloat16 the query and key norms work on float32 copies; in float32 one fused operation keeps their input.
struct TransformerActivations {
    private let recipe: TrainingRecipe
    private let flux: FluxConfiguration
    private let tokenCount: Int
    private let adapterRank: Int

    init(_ recipe: TrainingRecipe, _ flux: FluxConfiguration, tokenCount: Int, adapterRank: Int) {
        (self.recipe, self.flux, self.tokenCount, self.adapterRank) = (recipe, flux, tokenCount, adapterRank)
    }

    private var isFloat32: Bool { recipe.precision == .float32 }
    private var trainsWeights: Bool { recipe.trained.contains(.transformer) }
    private var ratio: Double { flux.mlpRatio }
    /// What an adapter keeps between its two matrices, on two layers of a block.
    private var adapter: Double { 2 * Double(adapterRank) / Double(flux.hiddenSize) }

    /// Two inputs of norms, the input of the projections, queries, keys and values before and after norm and rotation, the
    /// attention's result, and the MLP before its activation; in training also what enters the MLP's layers.
    private var doubleBlock: Double {
        if isFloat32 { return 12 + ratio + adapter + (trainsWeights ? 1 + ratio : 0) }
        return 11 + ratio + adapter + (trainsWeights ? 9 + ratio : 0)
    }

    /// The same with one norm; attention and MLP lie side by side before the last layer.
    private var singleBlock: Double {
        if isFloat32 { return 11 + 2 * ratio + adapter }
        return 13 + 2 * ratio + adapter + (trainsWeights ? 6 : 0)
    }

    /// The matrix of scores that short sequences keep in float32, and the scaled queries.
    private var scores: Double {
        guard isFloat32, tokenCount <= 512 else { return 0 }
        return Double(flux.headCount * tokenCount) / Double(flux.hiddenSize) + 1
    }

    /// Gradients on the way through a block, and what the allocator cannot reuse in between, as measured by
    /// `atelier bench training-memory`; more where a block's forward pass runs beside them.
    private var working: Double { recipe.recomputes ? 14 + 6 * ratio : 8 + 4 * ratio }

    /// Of one example.
    var bytes: Double {
        let double = doubleBlock + scores, single = singleBlock + scores
        let kept = if recipe.recomputes {
            Double(flux.depth + flux.singleDepth) + max(double, single)
        } else {
            Double(flux.depth) * double + Double(flux.singleDepth) * single
        }
        return (kept + working) * Double(flux.hiddenSize * tokenCount) * (isFloat32 ? 4 : 2)
    }
}

/// Values that the autoencoder holds for one picture.
struct AutoEncoderActivations {
    private let widths: [Double]
    private let blockCount: Int
    private let pixelCount: Double
    /// Whether norm and activation are two operations, each of which keeps its input.
    private let isComposed: Bool

    init(_ configuration: AutoEncoderConfiguration, pixelCount: Int, isComposed: Bool) {
        widths = configuration.channelMultipliers.map { Double($0 * configuration.channels) }
        blockCount = configuration.residualBlockCount
        self.pixelCount = Double(pixelCount)
        self.isComposed = isComposed
    }

    /// At the peak of encoding: an input, what a residual block makes of it, and the sum.
    var encoding: Double { 4.4 * widths[0] * pixelCount }

    /// Kept for the backward pass, and on the way there.
    func training(withEncoder: Bool) -> Double {
        let levels = widths.indices.map { pixelCount / Double(1 << (2 * $0)) }
        let deepest = levels.count - 1
        var kept = middle(levels[deepest]) + widths[deepest] * levels[deepest]
        for (index, pixels) in levels.enumerated() {
            let inputs = index == deepest ? widths[deepest] : widths[index + 1]
            kept += residual(inputs, widths[index], pixels) + Double(blockCount) * residual(widths[index], widths[index], pixels)
            // Enlarged, and convolved.
            if index > 0 { kept += 2 * widths[index] * levels[index - 1] }
        }
        kept += head(widths[0], levels[0])
        if withEncoder {
            kept += middle(levels[deepest]) + head(widths[deepest], levels[deepest]) + widths[0] * pixelCount
            for (index, pixels) in levels.enumerated() {
                let inputs = index == 0 ? widths[0] : widths[index - 1]
                kept += residual(inputs, widths[index], pixels) + Double(blockCount - 1) * residual(widths[index], widths[index], pixels)
                if index < deepest { kept += widths[index] * (pixels + levels[index + 1]) }
            }
        }
        // The losses' pictures, and gradients at full resolution.
        return kept + (30 + 6 * widths[0]) * pixelCount
    }

    /// Two norms' results, the first convolution's, and the sum.
    private func residual(_ inputs: Double, _ outputs: Double, _ pixels: Double) -> Double {
        (inputs + 3 * outputs + (isComposed ? inputs + outputs : 0)) * pixels
    }

    /// Two blocks, and an attention's norm, queries, keys, values, result twice and sum.
    private func middle(_ pixels: Double) -> Double {
        let width = widths[widths.count - 1]
        return 2 * residual(width, width, pixels) + 7 * width * pixels
    }

    /// The last norm's result.
    private func head(_ width: Double, _ pixels: Double) -> Double { (isComposed ? 2 : 1) * width * pixels }
}
