/// Why a checkpoint cannot be read, written or made into a model.
public enum CheckpointError: Error, Sendable, Equatable {
    /// No file or directory at the path.
    case notFound(path: String)
    /// The system refused to open, measure or map the file.
    case unreadable(path: String, reason: String)
    /// The file is not a sound file of its format; `problem` says why and what to do.
    case malformed(path: String, problem: String)
    /// The file's format is none of those read here, as with `.ggml` or `.onnx`.
    case unsupportedFormat(path: String, format: String)
    /// A directory without a checkpoint, or with several to choose from.
    case ambiguousDirectory(path: String, candidates: [String])
    /// Shards named by an index that are not beside it.
    case missingShards(index: String, files: [String])
    /// Keys an index places in a shard that lacks them, or keys of a shard the index does not place there.
    case shardMismatch(index: String, absent: [String], unlisted: [String])
    /// No tensor of that name in the file.
    case unknownTensor(String, file: String, nearest: String?)
    /// The tensors do not match the model; see the report for every key.
    case incomplete(LoadReport)
    /// A key map does not fit the keys it was applied to.
    case keyMap(file: String, problem: String)
    /// A file holds a matrix in a code, and another one is asked for.
    case alreadyCoded(key: String, file: String, storage: WeightStorage)
    /// The file could not be written; nothing is left behind.
    case unwritable(path: String, reason: String)
}

extension CheckpointError: CustomStringConvertible {
    /// What was wrong, what was expected, and what to do.
    public var description: String {
        switch self {
        case .notFound(let path):
            "There is no file or directory '\(path)'. Check the path."
        case .unreadable(let path, let reason):
            "'\(path)' cannot be read: \(reason)."
        case .malformed(let path, let problem):
            "'\(path)' cannot be loaded: \(problem)."
        case .unsupportedFormat(let path, let format):
            """
            '\(path)' is \(format); checkpoints are read from .safetensors files, their .safetensors.index.json, and .gguf files. \
            Use the safetensors file of the same model, or save it as one.
            """
        case .ambiguousDirectory(let path, let candidates) where candidates.isEmpty:
            """
            The directory '\(path)' holds no checkpoint; expected model.safetensors, diffusion_pytorch_model.safetensors, \
            another single .safetensors or .gguf file, or the .safetensors.index.json of a sharded one. \
            Check the path, or download the model again.
            """
        case .ambiguousDirectory(let path, let candidates):
            "The directory '\(path)' holds several checkpoints: \(Self.list(candidates)). Give the path of one of them."
        case .missingShards(let index, let files):
            "'\(index)' needs \(files.count) files that are not beside it: \(Self.list(files, limit: 100)). Download them into the same directory."
        case .shardMismatch(let index, let absent, let unlisted):
            Self.shardMismatch(index, absent, unlisted)
        case .unknownTensor(let key, let file, let nearest):
            "'\(file)' holds no tensor '\(key)'" + (nearest.map { "; the nearest name is '\($0)'" } ?? "; it is empty") + "."
        case .incomplete(let report):
            report.description
        case .keyMap(let file, let problem):
            "The keys of '\(file)' do not fit the layout they were taken for: \(problem). Check that the file belongs to this kind of model."
        case .alreadyCoded(let key, let file, let storage):
            """
            '\(file)' holds its weights in a code of its own ('\(key)' is the first), and to code them once more as \(storage.rawValue) would only lose digits. \
            Use them as they are, or give a file in bfloat16 or float32.
            """
        case .unwritable(let path, let reason):
            "'\(path)' cannot be written: \(reason). No partial file was left behind."
        }
    }

    private static func shardMismatch(_ index: String, _ absent: [String], _ unlisted: [String]) -> String {
        let parts = [
            absent.isEmpty ? nil : "\(absent.count) tensors are not in the shard it names: \(list(absent))",
            unlisted.isEmpty ? nil : "\(unlisted.count) tensors stand in a shard without its naming them: \(list(unlisted))",
        ]
        let problems = parts.compactMap(\.self).joined(separator: "; ")
        return "'\(index)' and its shards do not belong together: \(problems). Download index and shards from the same revision."
    }

    /// The first names of a list, quoted, and how many more there are.
    static func list(_ names: [String], limit: Int = 20) -> String {
        let shown = names.prefix(limit).map { "'\($0)'" }.joined(separator: ", ")
        return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
    }
}
