import Torch

/// A source seen through a key map.
final class MappedSource: TensorSource {
    let keys: [String]
    private let source: any TensorSource
    private let steps: [String: KeyMapStep]

    var location: String { source.location }
    var files: [String] { source.files }
    var metadata: [String: String] { source.metadata }
    var holdsValues: Bool { source.holdsValues }

    init(_ source: any TensorSource, _ plan: [(key: String, step: KeyMapStep)]) {
        self.source = source
        keys = plan.map(\.key)
        steps = Dictionary(plan.map { ($0.key, $0.step) }, uniquingKeysWith: { first, _ in first })
    }

    func info(_ key: String) -> TensorInfo? { steps[key]?.info }

    func tensor(_ key: String) throws -> Tensor {
        guard let step = steps[key] else { throw unknown(key) }
        guard holdsValues else { return try .placeholder(step.info.shape, dtype: step.info.dtype) }
        var parts = try step.sources.map { try source.tensor($0) }
        // Parts of one tensor may be stored in different types.
        if parts.count > 1 { parts = try parts.map { try $0.to(step.info.dtype) } }
        switch step.operation {
        case .copy: return parts[0]
        case .concatenate(let dim):
            let whole = try Tensor.concatenated(parts, dim: dim)
            parts.forEach { $0.releaseFilePages() }
            return whole
        case .rows(let start, let count): return try parts[0].narrowed(dim: 0, start: start, count: count)
        case .reshape: return try parts[0].reshaped(step.info.shape)
        case .swapHalves:
            let half = step.info.shape[0] / 2
            let first = try parts[0].narrowed(dim: 0, start: 0, count: half)
            return try .concatenated([parts[0].narrowed(dim: 0, start: half, count: half), first], dim: 0)
        }
    }

    func coded(_ key: String) throws -> (any CodedMatrix)? {
        guard let step = steps[key], holdsValues else { return nil }
        var parts: [any CodedMatrix] = []
        for name in step.sources {
            // One part as plain numbers makes numbers of all.
            guard let part = try source.coded(name) else { return nil }
            parts.append(part)
        }
        switch step.operation {
        case .copy: return parts[0]
        case .concatenate(dim: 0): return JoinedMatrix(parts)
        case .rows(let start, let count): return try parts[0].rows(start..<start + count)
        case .swapHalves:
            let half = step.info.shape[0] / 2
            return JoinedMatrix([try parts[0].rows(half..<2 * half), try parts[0].rows(0..<half)])
        case .concatenate, .reshape: return nil
        }
    }

    /// What two tensors share is read again for the second.
    func release(_ key: String) { steps[key]?.sources.forEach(source.release) }

    func stored(_ key: String) -> StoredForm? {
        guard let step = steps[key] else { return nil }
        let parts = step.sources.compactMap(source.stored)
        if case .rows(_, let count) = step.operation, let whole = parts.first, let rows = source.info(step.sources[0])?.shape.first, rows > 0 {
            return StoredForm(name: whole.name, byteCount: whole.byteCount / rows * count)
        }
        let names = parts.map(\.name).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return StoredForm(name: names.joined(separator: " and "), byteCount: parts.reduce(0) { $0 + $1.byteCount })
    }
}
