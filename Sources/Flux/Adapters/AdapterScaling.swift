import Checkpoints
import Torch

/// How strong the pairs of a file are: what the official programs make of its `alpha` values, oddities included.
struct AdapterScaling {
    /// One pair of matrices as it will be attached.
    struct Part {
        let down, up: Tensor
        let place: AdapterPlace
        let rank: Int
        /// What the strength is multiplied by, over the rank; nil where up times down is the change.
        var alpha: Double?

        func scale(_ weight: Double) -> Double { alpha.map { weight * $0 / Double(rank) } ?? weight }
    }

    private let kind: AdapterLayout.Scaling
    private let source: any TensorSource

    init(_ kind: AdapterLayout.Scaling, in source: any TensorSource) {
        self.kind = kind
        self.source = source
    }

    func parts(of pairs: [AdapterPair]) throws -> [Part] {
        switch kind {
        case .none: try pairs.map { try part($0, alpha: nil) }
        case .peft: try peftParts(pairs)
        case .kohya: try kohyaParts(pairs)
        }
    }

    /// Pairs without an `alpha` take the one that most of the others have; where none has one, all take the rank of the file's
    /// first pair, whatever their own. Source: diffusers, `get_peft_kwargs`.
    private func peftParts(_ pairs: [AdapterPair]) throws -> [Part] {
        let alphas = try pairs.map { try alpha($0) }
        let usual = mostCommon(alphas.compactMap(\.self)) ?? firstRank(pairs)
        return try zip(pairs, alphas).map { pair, alpha in try part(pair, alpha: alpha ?? usual) }
    }

    /// The rank of the pair whose `up` comes first, since a loaded dictionary has the file's order.
    private func firstRank(_ pairs: [AdapterPair]) -> Double? {
        let ranks = Dictionary(pairs.map { ($0.up, $0.rank) }) { first, _ in first }
        return source.keys.lazy.compactMap { ranks[$0] }.first.map(Double.init)
    }

    /// The value that occurs most often, among equals the one met first.
    private func mostCommon(_ values: [Double]) -> Double? {
        var counts: [Double: Int] = [:]
        for value in values { counts[value, default: 0] += 1 }
        let most = counts.values.max()
        return values.first { counts[$0] == most }
    }

    /// `alpha` over rank goes into the matrix; pairs of fused layers that are block by block zero are taken apart; and as the
    /// result has no alphas any more, each part is scaled once more by the rank of the first over its own.
    /// Source: diffusers, `_convert_kohya_flux_lora_to_diffusers`.
    private func kohyaParts(_ pairs: [AdapterPair]) throws -> [Part] {
        let ordered = pairs.enumerated().sorted { a, b in
            (KohyaAdapterKeys.position(of: a.element.place.layer) ?? .max, a.offset) < (KohyaAdapterKeys.position(of: b.element.place.layer) ?? .max, b.offset)
        }.map(\.element)
        var first: Int?
        return try ordered.flatMap { pair -> [Part] in
            var whole = try part(pair, alpha: nil)
            if let alpha = try alpha(pair), alpha != Double(pair.rank) {
                whole = Part(down: try whole.down * (alpha / Double(pair.rank)), up: whole.up, place: pair.place, rank: pair.rank)
            }
            guard KohyaAdapterKeys.position(of: pair.place.layer) != nil else { return [whole] }
            return try takenApart(whole).map { part in
                first = first ?? part.rank
                return Part(down: part.down, up: part.up, place: part.place, rank: part.rank, alpha: first.map(Double.init))
            }
        }
    }

    /// The parts of a pair on fused rows whose `up` is zero outside the diagonal's blocks; otherwise the pair itself.
    private func takenApart(_ part: Part) throws -> [Part] {
        guard part.place.rows == nil, source.holdsValues else { return [part] }
        let outputs = part.up.shape[0], inputs = part.down.shape[1]
        let sizes: [Int]
        if part.place.layer.hasSuffix("_attn.qkv") {
            sizes = [inputs, inputs, inputs]
        } else if part.place.layer.hasSuffix(".linear1") {
            sizes = [inputs, inputs, inputs, outputs - 3 * inputs]
        } else {
            return [part]
        }
        guard part.rank.isMultiple(of: sizes.count) else { return [part] }
        let rank = part.rank / sizes.count
        let downs = try part.down.chunked(sizes.count, dim: 0)
        var parts: [Part] = [], start = 0
        for (index, rows) in try part.up.split(sizes, dim: 0).enumerated() {
            for (other, block) in try rows.chunked(sizes.count, dim: 1).enumerated() {
                if other == index {
                    let place = AdapterPlace(layer: part.place.layer, rows: start..<start + sizes[index])
                    parts.append(Part(down: downs[index], up: try block.contiguous(), place: place, rank: rank))
                } else if try !block.equal(0).allTrue() {
                    return [part]
                }
            }
            start += sizes[index]
        }
        return parts
    }

    private func part(_ pair: AdapterPair, alpha: Double?) throws -> Part {
        Part(down: try source.tensor(pair.down), up: try source.tensor(pair.up), place: pair.place, rank: pair.rank, alpha: alpha)
    }

    /// The pair's own `alpha`; nil where the file has none.
    private func alpha(_ pair: AdapterPair) throws -> Double? {
        guard let key = pair.alpha, source.holdsValues else { return nil }
        let alpha = try source.tensor(key).to(.float32).item()
        guard alpha.isFinite else { throw FluxError.adapterAlpha(file: source.location, key: key, value: alpha) }
        return alpha
    }
}
