import Datasets
import Flux
import Torch

/// Pictures to the latents that training starts from, sampled as the official trainer samples them.
struct LatentEncoder {
    private let autoEncoder: AutoEncoder
    private let device: Device

    init(_ autoEncoder: AutoEncoder, device: Device) {
        self.autoEncoder = autoEncoder
        self.device = device
    }

    /// - Returns: `[count, latentChannels, h, w]`, float32, shifted and scaled.
    func callAsFunction(
        _ pictures: PicturePlanes, _ draws: ExampleDraws, _ purpose: ExampleDraws.Purpose, number: Int = 0
    ) throws -> Tensor {
        try withoutGradients {
            let moments = try autoEncoder.moments(of: pictures.tensor(device).to(autoEncoder.dtype)).to(.float32)
            let shape = [moments.shape[1] / 2, moments.shape[2], moments.shape[3]]
            let draw = try draws.normal(shape, count: pictures.count, purpose, number: number).to(device)
            return try autoEncoder.latents(from: moments, draw: draw)
        }
    }
}
