package import Datasets
import Flux
import Imaging
package import Torch

/// What a run learns: which weights, and the loss of a batch.
package protocol Objective: AnyObject {
    /// The weights to change: leaf tensors that the loss is computed with, by the names they are saved under.
    var weights: [(name: String, tensor: Tensor)] { get }

    /// The loss of a batch, and its parts for the log.
    /// - Parameter meanWeight: what weights are divided by, their mean over all batches of an optimizer step.
    func loss(_ batch: TrainingBatch, _ draws: ExampleDraws, meanWeight: Double) throws -> Loss

    /// Sum and number of the weights that `loss` gives to parts of a batch's pictures; nil where it never weighs any.
    func weights(of batch: TrainingBatch) throws -> (sum: Double, count: Int)?

    /// Pictures to look at: one row per example of the batch.
    func samples(_ batch: TrainingBatch) throws -> [SampleRow]

    /// Pictures from which `measure` gathers what the export needs; 0 where it needs none.
    var measuredCount: Int { get }

    /// Gathers what the export needs of pictures, with the weights to be exported.
    func measure(_ batch: TrainingBatch) throws

    /// Writes the trained networks, with the given weights, into a model's folder, and says what of its description changes.
    func export(_ weights: [(name: String, tensor: Tensor)], to folder: String) throws -> ExportedFiles
}

extension Objective {
    package func weights(of batch: TrainingBatch) throws -> (sum: Double, count: Int)? { nil }
    package var measuredCount: Int { 0 }
    package func measure(_ batch: TrainingBatch) throws {}
}

/// A batch's loss.
package struct Loss {
    /// A single number, with its history.
    package let total: Tensor
    /// Parts by name; detached.
    package var parts: [(name: String, value: Tensor)] = []
}

/// Pictures side by side, from given to made to true.
package struct SampleRow {
    let caption: String
    let references: [PixelImage]
    let made: PixelImage
    /// Nil where the made picture is the truth.
    let truth: PixelImage?
}

/// What an export wrote.
package struct ExportedFiles {
    /// Names of the files or folders that replace those of the description.
    package var files: [ModelComponent: String] = [:]
    package var adapter: String?
    /// New scale and shift of the latents.
    package var latentScale: (scale: Double, shift: Double)?

    package init() {}
}

extension PicturePlanes {
    /// `[count, 3, height, width]`, float32.
    func tensor(_ device: Device) throws(TorchError) -> Tensor {
        try Tensor(values, shape: [count, 3, height, width]).to(device)
    }
}
