import Torch

/// A source seen through a key map.
final class MappedSource: TensorSource {
    let keys: [String]
    private let source: any TensorSource
    private let steps: [String: KeyMapStep]

    var location: String { source.location }
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
        let parts = try step.sources.map { try source.tensor($0) }
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
}
