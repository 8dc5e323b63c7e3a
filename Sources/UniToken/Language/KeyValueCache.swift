public import Torch

/// The keys and values of the tokens a branch of a conversation has read, for all layers.
///
/// All memory is taken at once; tokens are written into their places and views of them are read, nothing is copied.
public final class KeyValueCache {
    /// The most tokens it holds.
    public let capacity: Int
    /// Tokens read so far; the position of the next one.
    public private(set) var count = 0
    private let layers: [Layer]

    private struct Layer {
        /// `[keyValueHeads, capacity, headDim]`.
        let keys, values: Tensor
    }

    /// - Throws: `TorchError.outOfMemory` where it does not fit.
    public init(_ configuration: ChameleonConfiguration, capacity: Int, dtype: DType, device: Device = .cpu) throws(TorchError) {
        self.capacity = capacity
        let shape = [configuration.keyValueHeadCount, capacity, configuration.headDim]
        var layers: [Layer] = []
        for _ in 0..<configuration.layerCount {
            layers.append(Layer(keys: try .empty(shape, dtype: dtype, device: device), values: try .empty(shape, dtype: dtype, device: device)))
        }
        self.layers = layers
    }

    /// What a layer has read, `[keyValueHeads, count, headDim]`; keys are rotated already.
    package func contents(layer: Int) throws(TorchError) -> (keys: Tensor, values: Tensor) { try contents(layer: layer, upTo: count) }

    /// Writes the next tokens of a layer, `[tokens, keyValueHeads, headDim]`, and gives all there are then.
    ///
    /// `count` stays until `advance`, as every layer of a pass writes the same places.
    func extended(layer: Int, keys: Tensor, values: Tensor) throws(TorchError) -> (keys: Tensor, values: Tensor) {
        let added = keys.shape[0]
        for (store, new) in [(layers[layer].keys, keys), (layers[layer].values, values)] {
            try store.narrowed(dim: 1, start: count, count: added).copyInPlace(from: new.transposed(0, 1))
        }
        return try contents(layer: layer, upTo: count + added)
    }

    private func contents(layer: Int, upTo end: Int) throws(TorchError) -> (keys: Tensor, values: Tensor) {
        (try layers[layer].keys.narrowed(dim: 1, start: 0, count: end), try layers[layer].values.narrowed(dim: 1, start: 0, count: end))
    }

    /// Counts tokens that all layers have written.
    func advance(by tokens: Int) { count += tokens }
}
