import Checkpoints
import Layers
import Torch

/// From the merged views, at a quarter of the picture's size, to the mask at full size.
///
/// Weights: `insmask_head`, `shallow`, `upsample1`, `upsample2`, `output`. Source: BEN2, `BEN_Base.forward`.
struct MaskHead {
    private let first, second, third: Convolution2d
    private let shallow: Convolution2d
    private let upsample1, upsample2: Convolution2d
    private let output: Convolution2d
    /// At full size a map takes half a gigabyte; what precedes the convolution is made in bands.
    private static let bands = RowBands(height: 32)

    init(_ configuration: BEN2Configuration, at scope: ParameterScope) throws {
        let (width, inner) = (configuration.width, configuration.maskWidth)
        first = try Convolution2d(width, inner, kernel: 3, padding: 1, at: scope("insmask_head")(0))
        second = try Convolution2d(inner, inner, kernel: 3, padding: 1, at: scope("insmask_head")(3))
        third = try Convolution2d(inner, width, kernel: 3, padding: 1, at: scope("insmask_head")(6))
        shallow = try Convolution2d(3, width, kernel: 3, padding: 1, at: scope("shallow")(0))
        upsample1 = try Convolution2d(width, width, kernel: 3, padding: 1, at: scope("upsample1")(0))
        upsample2 = try Convolution2d(width, width, kernel: 3, padding: 1, at: scope("upsample2")(0))
        output = try Convolution2d(width, 1, kernel: 3, padding: 1, at: scope("output")(0))
    }

    /// - Parameters:
    ///   - x: `[1, width, height / 4, width / 4]`.
    ///   - picture: `[1, 3, height, width]`, normalized.
    /// - Returns: `[1, 1, height, width]`, 0...1.
    func callAsFunction(_ x: Tensor, picture: Tensor) throws(TorchError) -> Tensor {
        var x = try third(second.refined(first.refined(x)))
        let (quarter, half) = try shallowMaps(picture)
        try x.addInPlace(quarter)
        x = try Self.bands.convolveDoubled(x, upsample1).normalizedAndActivatedInPlace()
        try x.addInPlace(half)
        x = try Self.bands.convolveDoubled(x, upsample2).normalizedAndActivatedInPlace()
        return try output.onePlane(x).sigmoid()
    }

    /// The picture's shallow features blended to a quarter and to half of its size, without holding them whole.
    private func shallowMaps(_ picture: Tensor) throws(TorchError) -> (quarter: Tensor, half: Tensor) {
        let (height, width) = (picture.shape[2], picture.shape[3])
        let padded = try picture.padded([1, 1, 1, 1])
        var quarters: [Tensor] = [], halves: [Tensor] = []
        // At ratios of two and four no new pixel takes from two bands, as their heights are multiples of four.
        for start in stride(from: 0, to: height, by: 128) {
            let count = min(128, height - start)
            let band = try padded.narrowed(dim: 2, start: start, count: count + 2).convolution2d(weight: shallow.weight, bias: shallow.bias)
            quarters.append(try band.interpolatedBilinear(height: count / 4, width: width / 4))
            halves.append(try band.interpolatedBilinear(height: count / 2, width: width / 2))
        }
        return (try .concatenated(quarters, dim: 2), try .concatenated(halves, dim: 2))
    }
}

extension Convolution2d {
    /// A 3 × 3 convolution with padding 1 to a single plane, of one picture, as a matrix product: libtorch's takes five times as long.
    fileprivate func onePlane(_ x: Tensor) throws(TorchError) -> Tensor {
        let (channels, height, width) = (x.shape[1], x.shape[2], x.shape[3])
        // What each of the nine neighbours would add, then the nine planes moved over one another.
        let taps = try weight.reshaped([channels, 9]).transposed(0, 1).matmul(x.reshaped([channels, height * width]))
        let planes = try taps.reshaped([1, 9, height, width]).padded([1, 1, 1, 1])
        let sum = try Tensor.zeros([1, 1, height, width], device: x.device) + bias.reshaped([1, 1, 1, 1])
        for tap in 0..<9 {
            let plane = try planes.narrowed(dim: 1, start: tap, count: 1)
            try sum.addInPlace(plane.narrowed(dim: 2, start: tap / 3, count: height).narrowed(dim: 3, start: tap % 3, count: width))
        }
        return sum
    }

    /// The convolution, each channel of each picture normalized to mean 0 and variance 1, and GELU.
    func refined(_ x: Tensor) throws(TorchError) -> Tensor { try self(x).normalizedAndActivatedInPlace() }
}

extension Tensor {
    /// Each channel of each picture normalized to mean 0 and variance 1, and GELU, in the tensor's own memory.
    ///
    /// Source: PyTorch, `InstanceNorm2d` without learned parameters or running statistics.
    fileprivate func normalizedAndActivatedInPlace() throws(TorchError) -> Tensor {
        let (batch, channels, area) = (shape[0], shape[1], shape[2] * shape[3])
        // A few channels at a time stay in the processor's caches.
        let part = max(1, min(channels, (1 << 20) / area))
        for picture in 0..<batch {
            for start in stride(from: 0, to: channels, by: part) {
                let count = min(part, channels - start)
                let maps = try narrowed(dim: 0, start: picture, count: 1).narrowed(dim: 1, start: start, count: count)
                try maps.copyInPlace(from: maps.groupNorm(groups: count, eps: 1e-5).gelu(approximate: false))
            }
        }
        return self
    }
}
