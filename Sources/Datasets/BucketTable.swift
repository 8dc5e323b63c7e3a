public import Imaging

/// The sizes that pictures are stretched to, and the rule that chooses one of them for a batch.
///
/// Source: UNO, dataset/uno.py, `bucket_images`.
public struct BucketTable: Sendable, Equatable {
    /// Sides of the official buckets at resolution 512, height first.
    private static let official = [
        (256, 768), (320, 768), (320, 704), (384, 640), (448, 576), (512, 512), (576, 448), (640, 384), (704, 320), (768, 320), (768, 256),
    ]

    /// Side of the square bucket before it is rounded down to a multiple of 16, in pixels.
    public let resolution: Int
    /// The eleven sizes in the official order, widest first.
    public let buckets: [PixelSize]

    /// The largest resolution accepted, in pixels.
    public static let largestResolution = 16384

    /// The official buckets scaled to another resolution; each side is truncated, then rounded down to a multiple of 16.
    ///
    /// - Throws: `DatasetsError.resolution` below 32, where a side would vanish, and above `largestResolution`.
    public init(resolution: Int) throws(DatasetsError) {
        guard (32...Self.largestResolution).contains(resolution) else { throw .resolution(resolution) }
        self.resolution = resolution
        // In double precision and in this order: 512 divides the side first.
        func scaled(_ side: Int) -> Int { Int(Double(side) / 512 * Double(resolution)) }
        buckets = Self.official.map { height, width in
            PixelSize(width: scaled(width), height: scaled(height)).roundedDown(toMultipleOf: 16)
        }
    }

    /// The bucket whose height over width is nearest to the mean of the pictures'; the first of equally near ones.
    ///
    /// - Parameter sizes: Of the pictures that will be stretched together; at least one.
    public func bucket(for sizes: [PixelSize]) -> PixelSize {
        precondition(!sizes.isEmpty, "A bucket is chosen for at least one picture.")
        let mean = sizes.reduce(0) { $0 + Self.aspect($1) } / Double(sizes.count)
        var best = buckets[0]
        for bucket in buckets where abs(Self.aspect(bucket) - mean) < abs(Self.aspect(best) - mean) { best = bucket }
        return best
    }

    private static func aspect(_ size: PixelSize) -> Double { Double(size.height) / Double(size.width) }
}
