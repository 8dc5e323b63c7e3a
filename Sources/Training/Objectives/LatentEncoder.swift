import Datasets
import Flux
import Torch

/// Pictures to the latents that training starts from, sampled as the official trainer samples them.
struct LatentEncoder {
    private let autoEncoder: AutoEncoder
    private let device: Device
    private let cache: (store: FeatureCache, identity: String)?

    /// - Parameter cache: where the moments of pictures are kept, and what names the autoencoder there; nil keeps none.
    init(_ autoEncoder: AutoEncoder, device: Device, cache: (store: FeatureCache, identity: String)? = nil) {
        self.autoEncoder = autoEncoder
        self.device = device
        self.cache = cache
    }

    /// - Returns: `[count, latentChannels, h, w]`, float32, shifted and scaled.
    func callAsFunction(
        _ pictures: PicturePlanes, _ draws: ExampleDraws, _ purpose: ExampleDraws.Purpose, number: Int = 0
    ) throws -> Tensor {
        try withoutGradients {
            let moments = try cachedMoments(of: pictures)
            let shape = [moments.shape[1] / 2, moments.shape[2], moments.shape[3]]
            let draw = try draws.normal(shape, count: pictures.count, purpose, number: number).to(device)
            return try autoEncoder.latents(from: moments, draw: draw)
        }
    }

    private func moments(of pictures: Tensor) throws(TorchError) -> Tensor {
        try autoEncoder.moments(of: pictures.to(device).to(autoEncoder.dtype)).to(.float32)
    }

    private func cachedMoments(of pictures: PicturePlanes) throws -> Tensor {
        let all = try pictures.tensor(.cpu)
        guard let cache else { return try moments(of: all) }
        let side = autoEncoder.configuration.downsampling, size = 3 * pictures.height * pictures.width
        let shape = [2 * autoEncoder.configuration.latentChannels, pictures.height / side, pictures.width / side]
        let keys = (0..<pictures.count).map {
            "moments|\(cache.identity)|\(pictures.width)x\(pictures.height)|\(FeatureCache.digest(pictures.values[$0 * size..<($0 + 1) * size]))"
        }
        // One pass for all pictures of a batch that is new, which is the usual case in a first epoch.
        let isNew = !keys.contains { cache.store.contains($0) }
        let computed = isNew ? try moments(of: all) : nil
        let rows = try keys.enumerated().map { row, key in
            try cache.store.tensors(key, [shape]) {
                let one = if let computed { try computed.select(dim: 0, index: row) } else {
                    try moments(of: all.narrowed(dim: 0, start: row, count: 1)).select(dim: 0, index: 0)
                }
                return [one]
            }[0]
        }
        return try Tensor.stacked(rows, dim: 0).to(device)
    }
}
