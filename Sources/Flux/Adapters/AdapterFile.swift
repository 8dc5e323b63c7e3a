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
    /// Attaches adapter files, in order, to the layers that they name.
    ///
    /// - Parameters:
    ///   - merges: whether they are merged into the weights, or kept beside them.
    ///   - dtype: the transformer's type, in which the official programs load adapters.
    /// - Throws: errors of the files, naming every tensor that has no place.
    public func attach(_ files: [AdapterFile], merges: Bool, dtype: DType, device: Device) throws {
        var byLayer: [String: [LowRankAdapter]] = [:]
        for file in files {
            let adapters = try ProcessorAdapterKeys.adapters(
                in: Checkpoint.open(file.path), configuration: model.configuration, weight: file.weight, dtype: dtype, device: device)
            for (layer, adapter) in adapters { byLayer[layer, default: []].append(adapter) }
        }
        for (path, module) in parameters.modules {
            guard let weight = module as? AdaptableWeight, let adapters = byLayer[path] else { continue }
            try weight.attach(adapters, as: merges ? .merged : .beside)
        }
    }
}
