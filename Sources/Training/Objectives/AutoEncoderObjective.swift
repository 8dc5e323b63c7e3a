import Checkpoints
import Datasets
import Flux
import Foundation
import Torch

/// Pictures through the autoencoder and back: all of it, or the decoder behind a frozen encoder.
///
/// Errors of pixels, of their differences and of their averages; the first latent channels are held to a thumbnail, so
/// that colours of small things survive; a small divergence keeps the latents near the normal distribution.
final class AutoEncoderObjective: Objective {
    private let model: ModelInTraining
    private let recipe: AutoEncoderRecipe
    private let loaded: Loaded<AutoEncoder>
    private let trainsEncoder: Bool
    /// Of the latents seen by `measure`.
    private var statistics = LatentStatistics()

    init(_ model: ModelInTraining) throws {
        self.model = model
        recipe = model.recipe.autoencoder
        loaded = try model.autoEncoder(model.dtype)
        trainsEncoder = model.recipe.trained.contains(.autoencoder)
    }

    private var autoEncoder: AutoEncoder { loaded.model }

    var weights: [(name: String, tensor: Tensor)] {
        loaded.parameters.named.filter { trainsEncoder || $0.name.hasPrefix("decoder.") }
    }

    func loss(_ batch: TrainingBatch, _ draws: ExampleDraws, meanWeight: Double) throws -> Loss {
        // References are pictures as good as targets; batches take turns so that every batch has one size.
        let planes = batch.references.isEmpty || !batch.number.isMultiple(of: 4) ? batch.target : batch.references[0]
        let image = try planes.tensor(model.device)
        let moments = try moments(image)
        let shape = [moments.shape[1] / 2, moments.shape[2], moments.shape[3]]
        let draw = try draws.normal(shape, count: planes.count, .targetPosterior).to(model.device)
        var latents = try autoEncoder.latents(from: moments, draw: draw)
        if !trainsEncoder, recipe.latentNoise > 0 {
            latents = try latents + recipe.latentNoise * draws.normal(shape, count: planes.count, .latentNoise).to(model.device)
        }
        let decoded = try autoEncoder.decode(latents.to(model.dtype).channelsLast()).to(.float32)
        return try loss(decoded, image, moments)
    }

    /// In float32; without a history where the encoder is frozen.
    private func moments(_ image: Tensor) throws -> Tensor {
        let input = try image.to(model.dtype).channelsLast()
        if trainsEncoder { return try autoEncoder.moments(of: input).to(.float32) }
        return try withoutGradients { () throws(TorchError) in try autoEncoder.moments(of: input).to(.float32) }
    }

    private func loss(_ decoded: Tensor, _ image: Tensor, _ moments: Tensor) throws -> Loss {
        let error = try decoded - image
        let squared = try error.square().mean()
        var parts: [(name: String, weight: Double, value: Tensor)] = [
            ("l1", recipe.absolute, try error.abs().mean()), ("l2", recipe.squared, squared),
            ("gradient", recipe.gradient, try differences(error)),
        ]
        let coarse = try error.averagePooled2d(kernel: 4)
        parts.append(("low_pass", recipe.lowPass, try coarse.abs().mean() + coarse.square().mean()))
        if trainsEncoder {
            let both = try moments.chunked(2, dim: 1)
            parts.append(("anchor", recipe.anchor, try anchor(both[0], image)))
            let divergence = try 0.5 * (both[0].square() + both[1].exp() - 1 - both[1]).mean()
            parts.append(("kl", recipe.divergence, divergence))
        }
        var total = try parts[0].weight * parts[0].value
        for part in parts.dropFirst() { total = try total + part.weight * part.value }
        return Loss(total: total, parts: try parts.map { ($0.name, try $0.value.detached()) })
    }

    /// The mean absolute difference of neighbours, down and across.
    private func differences(_ x: Tensor) throws(TorchError) -> Tensor {
        let (height, width) = (x.shape[2], x.shape[3])
        let down = try x.narrowed(dim: 2, start: 1, count: height - 1) - x.narrowed(dim: 2, start: 0, count: height - 1)
        let across = try x.narrowed(dim: 3, start: 1, count: width - 1) - x.narrowed(dim: 3, start: 0, count: width - 1)
        return try down.abs().mean() + across.abs().mean()
    }

    private func anchor(_ mean: Tensor, _ image: Tensor) throws(TorchError) -> Tensor {
        let thumbnail = try image.averagePooled2d(kernel: autoEncoder.configuration.downsampling)
        let first = try mean.narrowed(dim: 1, start: 0, count: min(3, mean.shape[1]))
        return try (first - recipe.anchorScale * thumbnail.narrowed(dim: 1, start: 0, count: first.shape[1])).square().mean()
    }

    // MARK: looking and saving

    func samples(_ batch: TrainingBatch) throws -> [SampleRow] {
        try withoutGradients {
            let image = try batch.target.tensor(model.device)
            let moments = try autoEncoder.moments(of: image.to(model.dtype)).to(.float32)
            let decoded = try autoEncoder.decode(autoEncoder.latents(from: moments, draw: nil).to(model.dtype)).to(.float32)
            return try batch.prompts.indices.map { row in
                func picture(_ x: Tensor) throws -> Tensor { try x.narrowed(dim: 0, start: row, count: 1) }
                let error = try (picture(decoded).clamped(min: -1, max: 1) - picture(image)).square().mean().item()
                let ratio = 10 * log10(4 / max(error, 1e-12))
                return SampleRow(
                    caption: "\((ratio * 10).rounded() / 10) dB, \(batch.prompts[row])", references: [],
                    made: try picture(decoded).pixelImage(), truth: try picture(image).pixelImage())
            }
        }
    }

    /// The scale of latents belongs to a trained encoder; a frozen one keeps its own.
    var measuredCount: Int { trainsEncoder ? recipe.statisticsCount : 0 }

    func measure(_ batch: TrainingBatch) throws {
        try withoutGradients {
            let moments = try autoEncoder.moments(of: batch.target.tensor(model.device).to(model.dtype)).to(.float32)
            statistics.add(try moments.chunked(2, dim: 1)[0].values(as: Float.self))
        }
    }

    func export(_ weights: [(name: String, tensor: Tensor)], to folder: String) throws -> ExportedFiles {
        var tensors = Dictionary(weights.map { ($0.name, $0.tensor) }) { first, _ in first }
        for (name, tensor) in loaded.parameters.named where tensors[name] == nil { tensors[name] = tensor }
        let sorted = try tensors.sorted { $0.key < $1.key }.map { ($0.key, try $0.value.detached().to(.float32)) }
        try SafetensorsWriter.write(sorted, to: "\(folder)/ae.safetensors")
        var files = ExportedFiles()
        files.files[.autoencoder] = "ae.safetensors"
        if trainsEncoder { files.latentScale = statistics.scaleAndShift }
        return files
    }
}

/// Mean and deviation of latents, gathered batch by batch.
private struct LatentStatistics {
    private var count = 0.0, sum = 0.0, squares = 0.0

    mutating func add(_ values: [Float]) {
        for value in values {
            sum += Double(value)
            squares += Double(value) * Double(value)
        }
        count += Double(values.count)
    }

    /// One over the deviation, and the mean: what makes latents of mean 0 and deviation 1.
    var scaleAndShift: (scale: Double, shift: Double)? {
        guard count > 0 else { return nil }
        let mean = sum / count, variance = squares / count - mean * mean
        return variance > 0 ? (1 / variance.squareRoot(), mean) : nil
    }
}
