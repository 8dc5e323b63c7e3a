import Foundation
public import Torch

/// One checkpoint spread over several safetensors files by an index.
///
/// The index is JSON whose `weight_map` names the file of each tensor. Index and files must agree tensor by tensor.
/// Source: transformers, "Sharded checkpoints" (`model.safetensors.index.json`).
public final class ShardedCheckpoint: TensorSource {
    /// The index's path.
    public let location: String
    /// Tensor names in the index's order.
    public let keys: [String]
    /// The metadata of all shards; where they differ, the first shard's counts.
    public let metadata: [String: String]
    /// The index and its shards.
    public let files: [String]

    private let readers: [String: SafetensorsReader]
    private let shardOfKey: [String: String]

    /// Reads the index, and opens every shard beside it.
    ///
    /// Throws `CheckpointError.malformed` for a wrong index or shard, `.missingShards` naming all files not found, and
    /// `.shardMismatch` where index and shards disagree.
    public init(indexPath: String) throws {
        let weightMap = try Self.weightMap(indexPath)
        let directory = (indexPath as NSString).deletingLastPathComponent
        let shards = Set(weightMap.map(\.shard)).sorted()
        let paths = shards.map { (directory as NSString).appendingPathComponent($0) }
        let absent = zip(shards, paths).filter { !FileManager.default.fileExists(atPath: $1) }.map(\.0)
        guard absent.isEmpty else { throw CheckpointError.missingShards(index: indexPath, files: absent) }

        location = indexPath
        files = [indexPath] + paths
        keys = weightMap.map(\.key)
        shardOfKey = Dictionary(uniqueKeysWithValues: weightMap.map { ($0.key, $0.shard) })
        let opened = try paths.map { path in try SafetensorsReader(path: path) }
        readers = Dictionary(uniqueKeysWithValues: zip(shards, opened))
        metadata = opened.reduce(into: [:]) { all, reader in all.merge(reader.metadata) { first, _ in first } }
        try checkAgreement(shards)
    }

    private func checkAgreement(_ shards: [String]) throws {
        let absent = keys.filter { info($0) == nil }
        let unlisted = shards.flatMap { shard in (readers[shard]?.keys ?? []).filter { shardOfKey[$0] != shard } }
        guard absent.isEmpty, unlisted.isEmpty else {
            throw CheckpointError.shardMismatch(index: location, absent: absent, unlisted: unlisted)
        }
    }

    /// Element type and shape under `key`, or nil where there is no such tensor.
    public func info(_ key: String) -> TensorInfo? { shardOfKey[key].flatMap { readers[$0] }?.info(key) }

    /// The tensor under `key`, on the CPU and as stored; see `SafetensorsReader.tensor`.
    public func tensor(_ key: String) throws -> Tensor {
        guard let reader = shardOfKey[key].flatMap({ readers[$0] }) else { throw unknown(key) }
        return try reader.tensor(key)
    }

    public func release(_ key: String) { shardOfKey[key].flatMap { readers[$0] }?.release(key) }

    // MARK: The index

    private static func weightMap(_ path: String) throws(CheckpointError) -> [(key: String, shard: String)] {
        let file = try MappedFile(path: path)
        if file.bytes.count > SafetensorsHeader.byteLimit {
            throw .malformed(path: path, problem: "an index of \(file.bytes.count) bytes is larger than any model needs. Download it again")
        }
        if let foreign = ForeignContent(file.bytes), [.gitPointer, .webPage].contains(foreign) {
            throw .malformed(path: path, problem: foreign.description)
        }
        var scanner = JSONScanner(file.bytes)
        var entries: [(key: String, shard: String)]?
        do throws(JSONProblem) {
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                if key == "weight_map", entries == nil { entries = try strings(&scanner) } else { try scanner.skipValue() }
            }
            try scanner.end()
        } catch {
            throw .malformed(path: path, problem: "it is not the JSON of an index: \(error). Download it again")
        }
        guard let entries, !entries.isEmpty else {
            throw .malformed(path: path, problem: "it has no 'weight_map' with tensors. Give the index of a sharded checkpoint")
        }
        try check(entries, path)
        return entries
    }

    private static func strings(_ scanner: inout JSONScanner) throws(JSONProblem) -> [(key: String, shard: String)] {
        var entries: [(key: String, shard: String)] = []
        try scanner.beginObject()
        while let key = try scanner.nextKey() { entries.append((key, try scanner.string())) }
        return entries
    }

    private static func check(_ entries: [(key: String, shard: String)], _ path: String) throws(CheckpointError) {
        var names: Set<String> = []
        for (key, shard) in entries {
            guard names.insert(key).inserted else {
                throw .malformed(path: path, problem: "its 'weight_map' names '\(key)' twice. Download it again")
            }
            // An index from the network must not make the program open files elsewhere.
            // Scalars are compared, not characters: "/" with a combining accent is one character, and still a separator.
            let isPlain = !["", ".", ".."].contains(shard) && !shard.unicodeScalars.contains { ["/", "\\", "\0"].contains($0) }
            guard isPlain else {
                throw .malformed(
                    path: path, problem: "it places '\(key)' in '\(shard)'; expected a file name without directories. Do not use this file")
            }
        }
    }
}
