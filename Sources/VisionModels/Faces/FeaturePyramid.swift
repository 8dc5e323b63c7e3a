import Checkpoints
import Torch

/// A convolution, batch norm and perhaps a leaky rectifier, as facexlib's sequences number them: `0` and `1`.
private struct PyramidLayer {
    let convolution: NormalizedConvolution
    /// The rectifier's slope below zero; nil without one.
    let slope: Double?

    init(_ inputs: Int, _ outputs: Int, kernel: Int, slope: Double?, at scope: ParameterScope) throws {
        convolution = try NormalizedConvolution(inputs, outputs, kernel: kernel, at: scope(0), norm: scope(1))
        self.slope = slope
    }

    /// Narrow networks leak, wide ones do not. Source: facexlib, retinaface_net.py.
    static func slope(forWidth width: Int) -> Double { width <= 64 ? 0.1 : 0 }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        let x = try convolution(x)
        guard let slope else { return x }
        return try slope == 0 ? x.relu() : x.maximum(slope * x)
    }
}

/// Three maps brought to one width, the finer ones with the coarser ones added. Source: facexlib, `FPN`.
struct FeaturePyramid {
    private let lateral: [PyramidLayer]
    /// For the finest map and the middle one.
    private let merges: [PyramidLayer]

    /// - Parameter inputs: channels of the maps, finest first.
    init(_ inputs: [Int], width: Int, at scope: ParameterScope) throws {
        let slope = PyramidLayer.slope(forWidth: width)
        lateral = try inputs.enumerated().map { try PyramidLayer($1, width, kernel: 1, slope: slope, at: scope("output\($0 + 1)")) }
        merges = try (1...2).map { try PyramidLayer(width, width, kernel: 3, slope: slope, at: scope("merge\($0)")) }
    }

    /// - Parameter maps: `[1, inputs, height, width]`, finest first.
    /// - Returns: `[1, width, height, width]` each, in the same order.
    func callAsFunction(_ maps: [Tensor]) throws(TorchError) -> [Tensor] {
        var results: [Tensor] = []
        for (layer, map) in zip(lateral, maps) { results.append(try layer(map)) }
        for level in [1, 0] {
            let finer = results[level]
            results[level] = try merges[level](finer + results[level + 1].interpolatedNearest(height: finer.shape[2], width: finer.shape[3]))
        }
        return results
    }
}

/// What surrounds each place, at three reaches. Source: facexlib, `SSH`; names as in its files.
struct ContextModule {
    private let conv3X3, conv5X5First, conv5X5Second, conv7X7Second, conv7X7Third: PyramidLayer

    init(_ width: Int, at scope: ParameterScope) throws {
        let slope = PyramidLayer.slope(forWidth: width)
        func layer(_ inputs: Int, _ outputs: Int, _ slope: Double?, _ name: String) throws -> PyramidLayer {
            try PyramidLayer(inputs, outputs, kernel: 3, slope: slope, at: scope(name))
        }
        conv3X3 = try layer(width, width / 2, nil, "conv3X3")
        conv5X5First = try layer(width, width / 4, slope, "conv5X5_1")
        conv5X5Second = try layer(width / 4, width / 4, nil, "conv5X5_2")
        conv7X7Second = try layer(width / 4, width / 4, slope, "conv7X7_2")
        conv7X7Third = try layer(width / 4, width / 4, nil, "conv7x7_3")
    }

    /// - Parameter x: `[1, width, height, width]`, as is the result.
    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        let narrow = try conv5X5First(x)
        return try Tensor.concatenated([conv3X3(x), conv5X5Second(narrow), conv7X7Third(conv7X7Second(narrow))], dim: 1).relu()
    }
}
