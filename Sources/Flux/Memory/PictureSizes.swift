public import Imaging

/// What a picture's memory depends on besides the networks.
public struct PictureSizes: Sendable, Equatable {
    /// The picture's pixels.
    public var picture: PixelSize
    /// Tokens of the picture.
    public var targetTokens: Int
    /// Pixels of each reference that the autoencoder encodes, at most.
    public var referenceAreas: [Int]
    /// Tokens of style pictures.
    public var styleTokens = 0
    public var textTokens: Int
    public var stepCount: Int
    /// Whether a negative prompt takes part.
    public var hasNegative: Bool
    /// Bytes of networks that look at references, and of what they compute.
    public var referenceNetworks = 0

    public init(
        picture: PixelSize, targetTokens: Int, referenceAreas: [Int] = [], styleTokens: Int = 0, textTokens: Int = 512, stepCount: Int = 25,
        hasNegative: Bool = false, referenceNetworks: Int = 0
    ) {
        (self.picture, self.targetTokens, self.referenceAreas) = (picture, targetTokens, referenceAreas)
        (self.styleTokens, self.textTokens, self.stepCount) = (styleTokens, textTokens, stepCount)
        (self.hasNegative, self.referenceNetworks) = (hasNegative, referenceNetworks)
    }

    /// - Parameters:
    ///   - encodedReferences: how many references become latents.
    ///   - hasNegative: whether a negative prompt takes part.
    package init(_ settings: PictureSettings, _ description: ModelDescription, encodedReferences: Int, hasNegative: Bool) {
        let side = (description.autoencoder ?? .flux).pixelsPerToken
        self.init(
            picture: PixelSize(width: settings.grid.columns * side, height: settings.grid.rows * side), targetTokens: settings.grid.count,
            // Of all shapes a square has the most pixels, whether its long side or its area is given.
            referenceAreas: Array(repeating: settings.referenceSize * settings.referenceSize, count: encodedReferences),
            textTokens: description.text.t5MaxLength, stepCount: settings.stepCount, hasNegative: hasNegative)
    }

    /// Tokens of one denoising step, with `pixelsPerToken` pixels along the side of a token.
    func tokenCount(pixelsPerToken side: Int) -> Int {
        targetTokens + styleTokens + textTokens + referenceAreas.reduce(0) { $0 + $1 / (side * side) }
    }

    /// The picture with half its sides.
    func halved() -> PictureSizes {
        var sizes = self
        sizes.picture = PixelSize(width: picture.width / 2, height: picture.height / 2)
        sizes.targetTokens = targetTokens / 4
        return sizes
    }
}
