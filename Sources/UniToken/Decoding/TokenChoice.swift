package import Torch

/// How scores become a token.
///
/// In the official order: classifier-free guidance, what is allowed, the likeliest alone, temperature; then a draw.
/// Source: UniToken, inference_solver_anyres, `create_logits_processor`; transformers 4.43, `GenerationMixin._sample`.
package struct TokenChoice {
    package var cfg: Double
    package var imageTopK, textTopK: Int
    /// Applied after the choice of the likeliest; 0 takes the likeliest token.
    package var temperature: Double

    package init(cfg: Double, imageTopK: Int, textTopK: Int, temperature: Double) {
        (self.cfg, self.imageTopK, self.textTopK, self.temperature) = (cfg, imageTopK, textTopK, temperature)
    }

    /// The scores a token is chosen by, `[vocabulary]` float32; -∞ for what cannot be chosen.
    ///
    /// - Parameters:
    ///   - conditional: logits, `[vocabulary]` float32.
    ///   - unconditional: those of the branch that sees the picture alone; nil without guidance.
    ///   - allowed: bool `[vocabulary]`, tokens of pictures.
    package func scores(
        _ conditional: Tensor, unconditional: Tensor?, _ expectation: PictureGrammar.Expectation, allowed: Tensor
    ) throws(TorchError) -> Tensor {
        var scores = conditional
        if let unconditional { scores = try cfg * (scores - unconditional) + unconditional }
        if case .picture = expectation { scores = try scores.maskedFill(allowed.logicalNot(), -.infinity) }
        let limit = min(expectation == .picture ? imageTopK : textTopK, scores.count)
        let least = try scores.topK(limit).values.narrowed(dim: 0, start: limit - 1, count: 1)
        scores = try scores.maskedFill(scores.less(least), -.infinity)
        return temperature == 0 || temperature == 1 ? scores : try scores / temperature
    }

    /// - Parameter generator: takes one number for every entry of the vocabulary; nil takes the likeliest token.
    package func token(_ scores: Tensor, using generator: RandomGenerator?) throws(TorchError) -> Int {
        guard let generator else { return try scores.argmax().itemInt() }
        return try scores.to(generator.device).softmax(dim: -1).multinomial(1, using: generator).itemInt()
    }
}
