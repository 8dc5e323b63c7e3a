import Torch

/// How one tensor of a mapped source is made.
struct KeyMapStep: Sendable {
    enum Operation: Sendable, Equatable {
        case copy
        case concatenate(dim: Int)
        case rows(start: Int, count: Int)
        case swapHalves
        case reshape
    }

    let sources: [String]
    let operation: Operation
    /// Type and shape of the result.
    let info: TensorInfo
}

/// Matches rules with the keys of a source, each key once.
struct KeyMapPlan {
    private let source: any TensorSource
    /// Keys no rule has taken yet, in the source's order.
    private var free: [String]
    private var steps: [(key: String, step: KeyMapStep)] = []

    init(_ source: any TensorSource) {
        self.source = source
        free = source.keys
    }

    /// Takes the keys that match `rule`.
    mutating func add(_ rule: KeyMap.Rule) throws(CheckpointError) {
        switch rule {
        case .rename(let from, let to):
            for (key, info, values) in take(from) { append(to, values, [key], .copy, info) }
        case .drop(let from):
            _ = take(from)
        case .fuse(let from, let into, let dim):
            try addFusion(from, into, dim)
        case .split(let from, let parts):
            for (key, info, values) in take(from) { try addSplit(key, info, values, parts) }
        case .swapHalves(let from, let to):
            for (key, info, values) in take(from) {
                guard let rows = info.shape.first, rows.isMultiple(of: 2) else {
                    throw problem("'\(key)' has shape \(info.shape), expected an even number of rows to swap the halves of")
                }
                append(to, values, [key], .swapHalves, info)
            }
        case .pointwise(let from, let to):
            for (key, info, values) in take(from) {
                let shape = info.shape.count == 2 ? info.shape + [1, 1] : info.shape
                append(to, values, [key], .reshape, TensorInfo(dtype: info.dtype, shape: shape))
            }
        }
    }

    private mutating func addFusion(_ from: [String], _ into: String, _ dim: Int) throws(CheckpointError) {
        guard let first = from.first else { return }
        for (key, info, values) in take(first) {
            let keys = [key] + from.dropFirst().map { KeyPattern($0).filled(values) }
            var size = 0, dtype = info.dtype
            for part in keys {
                guard let other = source.info(part) else { throw problem("'\(part)' is missing, a part of '\(KeyPattern(into).filled(values))'") }
                var expected = info.shape
                guard expected.indices.contains(dim), other.shape.indices.contains(dim) else {
                    throw problem("'\(part)' has shape \(other.shape), expected a dimension \(dim) to join along")
                }
                expected[dim] = other.shape[dim]
                let isAlike = other.dtype == dtype || other.dtype.isFloatingPoint && dtype.isFloatingPoint
                guard other.shape == expected, isAlike else {
                    throw problem("'\(part)' is \(other.dtype) \(other.shape), expected \(info.dtype) \(expected) to join '\(key)'")
                }
                // Quantizers leave some parts of a layer in a wider type than others; all are exact in float32.
                if other.dtype != dtype { dtype = .float32 }
                size += other.shape[dim]
            }
            let parts = Set(keys.dropFirst())
            let before = free.count
            free.removeAll { parts.contains($0) }
            guard before - free.count == keys.count - 1 else { throw problem("a part of '\(KeyPattern(into).filled(values))' is taken twice") }
            var shape = info.shape
            shape[dim] = size
            append(into, values, keys, .concatenate(dim: dim), TensorInfo(dtype: dtype, shape: shape))
        }
    }

    private mutating func addSplit(
        _ key: String, _ info: TensorInfo, _ values: [String: String], _ parts: [KeyMap.Rows]
    ) throws(CheckpointError) {
        let total = parts.reduce(0) { $0 + $1.count }
        guard info.shape.first == total else {
            throw problem("'\(key)' has shape \(info.shape), expected \(total) rows to split into \(parts.map(\.count))")
        }
        var start = 0
        for part in parts {
            let shape = [part.count] + info.shape.dropFirst()
            append(part.key, values, [key], .rows(start: start, count: part.count), TensorInfo(dtype: info.dtype, shape: shape))
            start += part.count
        }
    }

    /// Removes the free keys that match `pattern`, with what its placeholders stand for.
    private mutating func take(_ pattern: String) -> [(key: String, info: TensorInfo, values: [String: String])] {
        let pattern = KeyPattern(pattern)
        var taken: [(key: String, info: TensorInfo, values: [String: String])] = []
        free.removeAll { key in
            guard let values = pattern.match(key), let info = source.info(key) else { return false }
            taken.append((key, info, values))
            return true
        }
        return taken
    }

    private mutating func append(
        _ target: String, _ values: [String: String], _ sources: [String], _ operation: KeyMapStep.Operation, _ info: TensorInfo
    ) {
        steps.append((KeyPattern(target).filled(values), KeyMapStep(sources: sources, operation: operation, info: info)))
    }

    /// All steps, keys that no rule took under their own names at the end.
    func finished() throws(CheckpointError) -> [(key: String, step: KeyMapStep)] {
        let kept = free.compactMap { key in
            source.info(key).map { (key: key, step: KeyMapStep(sources: [key], operation: .copy, info: $0)) }
        }
        var origins: [String: String] = [:]
        for (key, step) in steps + kept {
            if let other = origins.updateValue(step.sources[0], forKey: key) {
                throw problem("'\(other)' and '\(step.sources[0])' would both become '\(key)'")
            }
        }
        return steps + kept
    }

    private func problem(_ text: String) -> CheckpointError { .keyMap(file: source.location, problem: text) }
}
