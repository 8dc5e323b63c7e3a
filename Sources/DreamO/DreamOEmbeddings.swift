import Checkpoints
package import Torch

/// What DreamO adds to the transformer's image tokens, so that it can tell the picture from the references and them from one another.
///
/// Keys of the main file: `dreamo_task_embedding.weight` `[2, hidden]`, `dreamo_idx_embedding.weight` `[10, hidden]`.
/// Source: DreamO section 3.1, and its pipeline.
package struct DreamOEmbeddings {
    private let task, index: Tensor

    private static let taskKey = "dreamo_task_embedding.weight", indexKey = "dreamo_idx_embedding.weight"

    /// - Parameter file: DreamO's main file.
    /// - Throws: `DreamOError.embedding`, `CheckpointError`.
    package init(file: String, hiddenSize: Int) throws {
        let source = try Checkpoint.open(file)
        func table(_ key: String, rows: Int) throws -> Tensor {
            let table = try source.tensor(key)
            guard table.shape.count == 2, table.shape[0] >= rows, table.shape[1] == hiddenSize, table.dtype.isFloatingPoint else {
                throw DreamOError.embedding(file: file, key: key, shape: table.shape, expected: "[\(rows), \(hiddenSize)]")
            }
            return table
        }
        task = try table(Self.taskKey, rows: 2)
        index = try table(Self.indexKey, rows: DreamOSettings.slots.upperBound + 1)
    }

    /// For each token of the picture that is drawn, `[1, 1, hidden]`.
    package func target() throws(TorchError) -> Tensor {
        try task.select(dim: 0, index: 1).reshaped([1, 1, -1])
    }

    /// For each token of a reference, whatever its task, `[1, 1, hidden]`. The sum is rounded to the type in which the file has the tables.
    package func reference(slot: Int) throws(TorchError) -> Tensor {
        try (task.select(dim: 0, index: 0) + index.select(dim: 0, index: slot)).reshaped([1, 1, -1])
    }
}

/// What can be wrong with DreamO's files.
public enum DreamOError: Error, Sendable, Equatable, CustomStringConvertible {
    case embedding(file: String, key: String, shape: [Int], expected: String)
    case noMainFile(directory: String)

    public var description: String {
        switch self {
        case .embedding(let file, let key, let shape, let expected):
            "\(file): \(key) has shape \(shape), expected \(expected). Check that this file belongs to this transformer."
        case .noMainFile(let directory):
            "\(directory)/model.json names no DreamO file; expected 'dreamo' under 'files', the path of dreamo.safetensors. Add it."
        }
    }
}
