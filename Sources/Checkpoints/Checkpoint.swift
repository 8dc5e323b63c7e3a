import Foundation

/// Finds the reader for a path.
public enum Checkpoint {
    /// Opens a safetensors file, a shard index, a GGUF file, a file that PyTorch saved, or a directory that holds one of them.
    ///
    /// In a directory the usual names are taken first: `model.safetensors`, `diffusion_pytorch_model.safetensors`, then
    /// their indexes; otherwise there must be exactly one index or one file. Weights in 8 bits are one with the scales beside them.
    ///
    /// - Throws: `CheckpointError.notFound`, `.unsupportedFormat`, `.ambiguousDirectory`, or what the reader throws.
    public static func open(_ path: String) throws -> any TensorSource {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw CheckpointError.notFound(path: path)
        }
        if isDirectory.boolValue { return try openFile(checkpointFile(in: path)) }
        return try openFile(path)
    }

    private static func openFile(_ path: String) throws -> any TensorSource {
        if PickleCheckpoint.recognizes(path: path) { return try PickleCheckpoint(path: path) }
        let suffix = (path as NSString).pathExtension.lowercased()
        if suffix == "gguf" || GGUFReader.recognizes(path: path) { return try GGUFReader(path: path) }
        if suffix == "json" { return try ScaledWeights.joined(ShardedCheckpoint(indexPath: path)) }
        if let format = foreignFormats[suffix] { throw CheckpointError.unsupportedFormat(path: path, format: format) }
        // Caches keep files under names without a suffix, so everything else is judged by its content.
        return try ScaledWeights.joined(SafetensorsReader(path: path))
    }

    private static let pickle = "a torch pickle"
    private static let foreignFormats = [
        "ckpt": pickle, "bin": pickle, "pt": pickle, "pth": pickle, "pkl": pickle, "ggml": "a GGML file",
        "h5": "an HDF5 file", "msgpack": "a Flax checkpoint", "npz": "a NumPy archive", "onnx": "an ONNX graph", "zip": "an archive",
    ]

    private static let usualNames = ["model", "diffusion_pytorch_model"].flatMap {
        ["\($0).safetensors", "\($0).safetensors.index.json"]
    }

    private static func checkpointFile(in directory: String) throws -> String {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted() } catch {
            throw CheckpointError.unreadable(path: directory, reason: error.localizedDescription)
        }
        let indexes = names.filter { $0.hasSuffix(".safetensors.index.json") }
        let files = names.filter { $0.hasSuffix(".safetensors") }
        let blocks = names.filter { $0.lowercased().hasSuffix(".gguf") }
        let whole = files.filter { $0.firstMatch(of: /-\d{5}-of-\d{5}\.safetensors$/) == nil }
        let choice =
            usualNames.first(where: names.contains)
            ?? (indexes.count == 1 && whole.isEmpty ? indexes.first : nil)
            ?? (whole.count == 1 && indexes.isEmpty ? whole.first : nil)
        if let choice { return (directory as NSString).appendingPathComponent(choice) }
        if let shard = files.first, whole.isEmpty, indexes.isEmpty {
            throw CheckpointError.malformed(
                path: directory, problem: "it holds shards such as '\(shard)' without their .safetensors.index.json. Download the index too")
        }
        if files.isEmpty, indexes.isEmpty, blocks.count == 1 { return (directory as NSString).appendingPathComponent(blocks[0]) }
        let foreign = names.first { foreignFormats[($0 as NSString).pathExtension.lowercased()] != nil }
        if files.isEmpty, indexes.isEmpty, blocks.isEmpty, let foreign { return (directory as NSString).appendingPathComponent(foreign) }
        throw CheckpointError.ambiguousDirectory(path: directory, candidates: indexes + whole + blocks)
    }
}
