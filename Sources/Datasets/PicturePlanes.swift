public import Imaging

/// Float pictures of one size, `[count, 3, height, width]`, values -1...1.
public struct PicturePlanes: Sendable, Equatable {
    /// Number of pictures.
    public let count: Int
    /// Rows of each.
    public let height: Int
    /// Pixels of a row.
    public let width: Int
    /// `[count, 3, height, width]`
    public let values: [Float]

    /// Wraps values; exactly `count * 3 * height * width` of them.
    public init(count: Int, height: Int, width: Int, values: [Float]) {
        precondition(
            values.count == count * 3 * height * width,
            "\(count) pictures of \(width) x \(height) have \(count * 3 * height * width) values; \(values.count) were given.")
        self.count = count
        self.height = height
        self.width = width
        self.values = values
    }

    /// Stretches pictures to one size as the official data loader does: to -1...1 first, then resized as floats.
    ///
    /// Source: UNO, dataset/uno.py, the transform `ToTensor`, `Normalize([0.5], [0.5])`, then `bucket_images`.
    public init(_ pictures: [PixelImage], size: PixelSize) {
        var values: [Float] = []
        values.reserveCapacity(pictures.count * 3 * size.area)
        for picture in pictures {
            values += FloatResize(from: picture.size, to: size)(picture.rgb(), values: Self.centred)
        }
        self.init(count: pictures.count, height: size.height, width: size.width, values: values)
    }

    /// What a byte stands for: (x / 255 - 0.5) / 0.5, each step in single precision as torchvision computes it.
    static let centred: [Float] = (0..<256).map { (Float($0) / 255 - 0.5) / 0.5 }
    /// A byte as a share: x / 255.
    static let shares: [Float] = (0..<256).map { Float($0) / 255 }
}
