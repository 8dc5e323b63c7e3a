public import Imaging

/// Cuts a picture to the square that becomes discrete tokens.
///
/// The official place of the cut is random, from Python's global stream that the program seeds with 100 at its start; a stream of
/// this seed, begun anew for each conversation, gives what a fresh official process gives.
/// Source: UniToken, data/item_processor, `var_center_crop`.
public struct PictureCrop: Sendable {
    /// Side of the square in pixels.
    public let side: Int
    private var random: PythonRandom

    /// Seed of the official program.
    public static let officialSeed: UInt32 = 100

    public init(side: Int = 512, seed: UInt32 = officialSeed) {
        self.side = side
        random = PythonRandom(seed: seed)
    }

    /// The next picture, `side` pixels square.
    ///
    /// Only the square is computed: of a thin strip the whole would be millions of pixels long.
    public mutating func callAsFunction(_ picture: PixelImage) throws(ImagingError) -> PixelImage {
        // A choice among one size; it takes from the stream all the same.
        _ = random.below(1)
        var picture = picture.rgb()
        while picture.width >= 2 * side, picture.height >= 2 * side {
            picture = try picture.resized(width: picture.width / 2, height: picture.height / 2, filter: .box)
        }
        let scale = max(Double(side) / Double(picture.width), Double(side) / Double(picture.height))
        func scaled(_ length: Int) -> Int { Int((Double(length) * scale).rounded(.toNearestOrEven)) }
        let width = scaled(picture.width), height = scaled(picture.height)
        let left = random.below(width - side + 1), top = random.below(height - side + 1)
        let window = PixelWindow(left: left, top: top, size: PixelSize(width: side, height: side))
        return try picture.resized(width: width, height: height, filter: .bicubic, window: window)
    }
}
