public import Checkpoints
public import Layers
public import Torch

/// Reads adapter files for a transformer, in whichever layout they are.
///
/// Layouts are told apart by the keys; see the files `…AdapterKeys`. A file is read whole or not at all.
public struct AdapterReader {
    private let places: AdapterPlaces
    private let layouts: [AdapterLayout]

    public init(_ configuration: FluxConfiguration) {
        self.init(configuration, layouts: AdapterLayout.all)
    }

    init(_ configuration: FluxConfiguration, layouts: [AdapterLayout]) {
        places = AdapterPlaces(configuration)
        self.layouts = layouts
    }

    /// - Parameters:
    ///   - weight: the strength that was asked for; 1 as trained, below 0 to steer away.
    ///   - dtype: the transformer's type, in which the official programs load adapters.
    ///   - narrow: whether matrices that the file holds in a narrower type stay so, and are widened at every use. No number changes.
    /// - Returns: the adapters by the path of the layer that they change, in the order of the file.
    /// - Throws: `FluxError.adapterKind`, `.adapterKeys` naming what touches nothing or lacks its partner, `.adapterShape`.
    public func adapters(
        in source: any TensorSource, weight: Double, dtype: DType, device: Device = .cpu, narrow: Bool = false
    ) throws -> [String: [LowRankAdapter]] {
        for (mark, kind) in AdapterLayout.foreignKinds {
            if let key = source.keys.first(where: { $0.contains(mark) }) { throw FluxError.adapterKind(file: source.location, kind: kind, key: key) }
        }
        let (layout, pairs) = try pairs(in: source)
        for pair in pairs { try check(pair, in: source) }
        var adapters: [String: [LowRankAdapter]] = [:]
        for part in try AdapterScaling(layout.scaling, in: source).parts(of: pairs) {
            let up = part.place.swapsHalves ? try part.up.swappedHalves() : part.up
            adapters[part.place.layer, default: []].append(LowRankAdapter(
                down: try part.down.kept(as: dtype, narrow: narrow).to(device), up: try up.kept(as: dtype, narrow: narrow).to(device),
                rows: part.place.rows, weight: part.scale(weight), dtype: dtype))
        }
        return adapters
    }

    /// The complete pairs of a file, in its order.
    private func pairs(in source: any TensorSource) throws(FluxError) -> (AdapterLayout, [AdapterPair]) {
        guard let layout = layouts.first(where: { $0.describes(source.keys) }) else {
            let keys = source.keys.isEmpty ? ["(the file holds no tensors)"] : source.keys
            throw .adapterKeys(file: source.location, unmatched: keys, incomplete: [])
        }
        var modules: [String] = [], halves: [String: [AdapterLayout.Part: String]] = [:], found: [String: AdapterPlace] = [:]
        var unmatched: [String] = []
        for key in source.keys where !UnderscoredAdapterKeys.embeddings.contains(key) {
            // The official converters pass on what they do not know, so a file may hold diffusers' names as well.
            guard let entry = layout.entry(key, places) ?? (layouts.count > 1 ? AdapterLayout.diffusers.entry(key, places) : nil) else {
                unmatched.append(key)
                continue
            }
            if found.updateValue(entry.place, forKey: entry.module) == nil { modules.append(entry.module) }
            halves[entry.module, default: [:]][entry.part] = key
        }
        var pairs: [AdapterPair] = [], incomplete: [String] = []
        for module in modules {
            guard let keys = halves[module], let place = found[module] else { continue }
            if let down = keys[.down], let up = keys[.up] {
                pairs.append(AdapterPair(down: down, up: up, alpha: keys[.alpha], place: place, rank: source.info(down)?.shape.first ?? 0))
            } else {
                incomplete += keys.values.sorted()
            }
        }
        guard unmatched.isEmpty, incomplete.isEmpty, !pairs.isEmpty else {
            throw .adapterKeys(file: source.location, unmatched: unmatched, incomplete: incomplete)
        }
        return (layout, pairs)
    }

    private func check(_ pair: AdapterPair, in source: any TensorSource) throws(FluxError) {
        guard let shape = places.shape(of: pair.place), let down = source.info(pair.down), let up = source.info(pair.up) else { return }
        guard down.shape.count == 2, down.shape[0] > 0, down.shape[1] == shape[1] else {
            throw .adapterShape(file: source.location, key: pair.down, shape: down.shape, expected: "[rank, \(shape[1])]")
        }
        guard up.shape == [shape[0], down.shape[0]] else {
            throw .adapterShape(file: source.location, key: pair.up, shape: up.shape, expected: "[\(shape[0]), \(down.shape[0])]")
        }
        if let key = pair.alpha, let alpha = source.info(key), alpha.shape.reduce(1, *) != 1 {
            throw .adapterShape(file: source.location, key: key, shape: alpha.shape, expected: "one number")
        }
    }
}

/// The two matrices of one module of a file, by their keys.
struct AdapterPair {
    let down, up: String
    let alpha: String?
    let place: AdapterPlace
    let rank: Int
}

extension Tensor {
    /// In another type, unless this one is narrower and may stay.
    fileprivate func kept(as dtype: DType, narrow: Bool) throws(TorchError) -> Tensor {
        narrow && self.dtype.byteCount < dtype.byteCount ? self : try to(dtype)
    }

    /// The first and second half of the rows exchanged.
    fileprivate func swappedHalves() throws(TorchError) -> Tensor {
        let halves = try chunked(2, dim: 0)
        return try .concatenated([halves[1], halves[0]], dim: 0)
    }
}
