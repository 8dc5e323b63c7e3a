public import Imaging
public import Torch

/// How SigLIP's image processor turns a picture into numbers, under the names of `preprocessor_config.json`.
///
/// The picture is stretched to the size, without keeping its shape, by Pillow's resampling. Source: transformers, `SiglipImageProcessor`.
public struct SigLIPPreprocessing: Decodable, Sendable, Equatable {
    public var size: PixelSize
    /// Mean and deviation that each channel is brought to 0 and 1 from.
    public var mean, deviation: [Double]
    /// What an 8-bit value is multiplied by.
    public var factor: Double
    public var filter: ResampleFilter

    /// The published processor for pictures of `side` pixels.
    public init(side: Int) {
        size = PixelSize(width: side, height: side)
        mean = [0.5, 0.5, 0.5]
        deviation = mean
        factor = 0.00392156862745098
        filter = .bicubic
    }

    enum CodingKeys: String, CodingKey {
        case size, resample
        case mean = "image_mean"
        case deviation = "image_std"
        case factor = "rescale_factor"
        case resizes = "do_resize"
        case rescales = "do_rescale"
        case normalizes = "do_normalize"
    }

    /// Pillow's numbers of its filters.
    private static let filters: [Int: ResampleFilter] = [0: .nearest, 1: .lanczos, 2: .bilinear, 3: .bicubic, 4: .box]

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(side: 224)
        size = try values.decodeIfPresent(PixelSize.self, forKey: .size) ?? size
        mean = try values.decodeIfPresent([Double].self, forKey: .mean) ?? mean
        deviation = try values.decodeIfPresent([Double].self, forKey: .deviation) ?? deviation
        factor = try values.decodeIfPresent(Double.self, forKey: .factor) ?? factor
        let number = try values.decodeIfPresent(Int.self, forKey: .resample) ?? 3
        func refuse(_ what: String) -> DecodingError { .dataCorrupted(.init(codingPath: values.codingPath, debugDescription: what)) }
        for key in [CodingKeys.resizes, .rescales, .normalizes] where try values.decodeIfPresent(Bool.self, forKey: key) == false {
            throw refuse("'\(key.rawValue)' is false; expected a processor that resizes, rescales and normalizes")
        }
        guard let filter = Self.filters[number] else { throw refuse("'resample' is \(number); expected 0 to 4") }
        guard (1...8192).contains(size.width), (1...8192).contains(size.height), mean.count == 3, deviation.count == 3, !deviation.contains(0) else {
            throw refuse("'size' is \(size), with \(mean.count) means and \(deviation.count) deviations; expected 1 to 8192 pixels and three each, none 0")
        }
        self.filter = filter
    }

    /// The picture in the processor's size, three channels.
    public func resized(_ picture: PixelImage) throws(ImagingError) -> PixelImage {
        try picture.rgb().resized(width: size.width, height: size.height, filter: filter)
    }

    /// The picture as the encoder takes it, `[1, 3, height, width]`, float32.
    public func callAsFunction(_ picture: PixelImage) throws -> Tensor {
        let resized = try resized(picture)
        let tables = (0..<3).map { table(channel: $0) }
        var values: [Float] = []
        values.reserveCapacity(resized.pixels.count)
        for channel in 0..<3 {
            for index in stride(from: channel, to: resized.pixels.count, by: 3) { values.append(tables[channel][Int(resized.pixels[index])]) }
        }
        return try Tensor(values, shape: [1, 3, resized.height, resized.width])
    }

    /// What each 8-bit value of a channel becomes: the product in float64, rounded; the rest in float32.
    private func table(channel: Int) -> [Float] {
        (0..<256).map { (Float(Double($0) * factor) - Float(mean[channel])) / Float(deviation[channel]) }
    }
}
