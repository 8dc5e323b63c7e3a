public import Checkpoints
import Layers
public import Torch

/// An adapter file and its strength.
public struct AdapterFile: Sendable, Equatable {
    public let path: String
    /// 1 as trained.
    public let weight: Double

    public init(path: String, weight: Double = 1) {
        self.path = path
        self.weight = weight
    }
}

extension Loaded<FluxTransformer> {
    /// Attaches adapter files, in order, to the layers that they name, in place of those attached before; none restores the base bit for bit.
    ///
    /// - Parameters:
    ///   - merges: whether they are merged into the weights, or kept beside them.
    ///   - dtype: the transformer's type, in which the official programs load adapters.
    ///   - narrow: whether they stay in the files' type where that is narrower.
    /// - Throws: errors of the files, naming every tensor that has no place; what was attached before stays then.
    public func attach(_ files: [AdapterFile], merges: Bool, dtype: DType, device: Device, narrow: Bool = false) throws {
        let reader = AdapterReader(model.configuration)
        var byLayer: [String: [LowRankAdapter]] = [:]
        for file in files {
            let adapters = try reader.adapters(in: Checkpoint.open(file.path), weight: file.weight, dtype: dtype, device: device, narrow: narrow)
            byLayer.merge(adapters) { $0 + $1 }
        }
        for (path, module) in parameters.modules {
            guard let weight = module as? AdaptableWeight else { continue }
            try weight.attach(byLayer[path] ?? [], as: merges ? .merged : .beside)
        }
    }
}
