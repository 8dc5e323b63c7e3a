import Checkpoints
package import Imaging
import Layers
package import Torch
package import VisionModels

/// Pictures as continuous tokens: SigLIP's, brought to the width of the language model by an adapter of two layers.
///
/// Weights: `vit.…` and `adapter.0`, `adapter.2`. Source: UniToken, model/modeling_gen_chameleon and inference_solver_anyres.
package struct ContinuousEncoder {
    package let vision: SigLIPVisionEncoder
    let preprocessing: SigLIPPreprocessing
    private let first, second: Linear
    /// Whether pictures are cut into tiles besides being looked at as a whole.
    let isAnyResolution: Bool

    init(
        _ configuration: SigLIPConfiguration, _ preprocessing: SigLIPPreprocessing, isAnyResolution: Bool, width: Int, at scope: ParameterScope
    ) throws {
        vision = try SigLIPVisionEncoder(configuration, inside: scope("vit"))
        first = try Linear(configuration.width, width, at: scope("adapter")(0))
        second = try Linear(width, width, at: scope("adapter")(2))
        self.preprocessing = preprocessing
        self.isAnyResolution = isAnyResolution
    }

    /// The adapter: `[..., visionWidth]` to `[..., hidden]`.
    package func adapted(_ hidden: Tensor) throws(TorchError) -> Tensor { try second(first(hidden).gelu(approximate: false)) }

    /// What the vision encoder is shown: the whole picture squeezed into a tile, then its tiles, `[tiles, 3, side, side]`.
    package func pixels(_ picture: PixelImage, _ grid: TileGrid?) throws -> Tensor {
        let tiles = [picture] + (try grid?.tiles(picture) ?? [])
        return try Tensor.concatenated(tiles.map { try preprocessing($0) }, dim: 0)
    }

    /// The continuous tokens of a picture, `[tokens, hidden]`.
    ///
    /// - Parameter endOfRow: the vector that ends each row of tiles' tokens, `[1, hidden]`.
    package func callAsFunction(_ picture: PixelImage, endOfRow: Tensor) throws -> Tensor {
        let grid = isAnyResolution ? TileGrid(of: picture.size, side: preprocessing.size.width) : nil
        let tokens = try adapted(vision.hidden(pixels(picture, grid).to(endOfRow.dtype).to(endOfRow.device)))
        let all = try tokens.flattened(from: 0, to: 1)
        guard let grid else { return all }
        let order = grid.tokenOrder(of: picture.size, tileSide: preprocessing.size.width / vision.configuration.patchSize)
        let last = all.shape[0]
        let places = try Tensor(order.map { $0 < 0 ? last : $0 }).to(all.device)
        return try Tensor.concatenated([all, endOfRow], dim: 0).indexSelected(dim: 0, places)
    }
}
