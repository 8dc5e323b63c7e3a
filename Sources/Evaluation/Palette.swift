public import Imaging
public import Readers

/// The colours of a toy without anything learnt: how much of it falls into each of 6 x 6 x 6 boxes of the RGB cube.
///
/// A pixel is shared among the eight boxes around it, so that a small change of colour is a small change of the palette.
public struct Palette: Sendable, Equatable {
    /// 216 shares.
    public let shares: [Double]
    private static let steps = 6
    /// How often a toy's own area fits into its window.
    private static let room = 2.0

    /// The palette of the toy on a reference: of what differs from the ground, whose colour the corners show. Sums to 1.
    public init(reference: PixelImage) {
        let rgb = reference.rgb(), ground = Self.ground(of: rgb)
        var shares = Self.empty
        for pixel in 0..<rgb.width * rgb.height {
            let colour = Self.colour(rgb.pixels, pixel)
            let difference = colour - ground
            if (difference * difference).max() > 0.01 { Self.add(colour, 1, to: &shares) }
        }
        self.init(shares, total: 1)
    }

    /// The palette of a window of a picture, its middle counting most. Sums to more than 1: a colour that the window has in
    /// plenty covers a toy that has it, whatever else stands around.
    public init(_ picture: PixelImage, _ window: PictureWindow) {
        let rgb = picture.rgb()
        var shares = Self.empty
        for y in 0..<rgb.height {
            for x in 0..<rgb.width {
                let across = ((Float(x) + 0.5) / Float(rgb.width) - window.left) / window.side - 0.5
                let down = ((Float(y) + 0.5) / Float(rgb.height) - window.top) / window.side - 0.5
                let weight = 1 - 4 * (across * across + down * down)
                if weight > 0 { Self.add(Self.colour(rgb.pixels, y * rgb.width + x), Double(weight), to: &shares) }
            }
        }
        self.init(shares, total: Self.room)
    }

    private init(_ shares: [Double], total: Double) {
        let sum = shares.reduce(0, +)
        self.shares = sum > 0 ? shares.map { $0 / sum * total } : shares
    }

    /// How much of the other palette this one covers: the sum of what both have.
    public func overlap(_ other: Palette) -> Double { zip(shares, other.shares).reduce(0) { $0 + min($1.0, $1.1) } }

    // MARK: colours

    private static let empty = [Double](repeating: 0, count: steps * steps * steps)

    /// Channels 0...1.
    private static func colour(_ pixels: [UInt8], _ pixel: Int) -> SIMD3<Float> {
        SIMD3(Float(pixels[3 * pixel]), Float(pixels[3 * pixel + 1]), Float(pixels[3 * pixel + 2])) / 255
    }

    /// The middle one of the four corners' colours, channel by channel.
    private static func ground(of picture: PixelImage) -> SIMD3<Float> {
        let (width, last) = (picture.width, picture.width * picture.height - 1)
        let corners = [0, width - 1, last - width + 1, last].map { colour(picture.pixels, $0) }
        var ground = SIMD3<Float>()
        for channel in 0..<3 {
            let sorted = corners.map { $0[channel] }.sorted()
            ground[channel] = (sorted[1] + sorted[2]) / 2
        }
        return ground
    }

    private static func add(_ colour: SIMD3<Float>, _ weight: Double, to shares: inout [Double]) {
        let place = colour * Float(steps - 1)
        let low = place.rounded(.down), high = place - low
        for corner in 0..<8 {
            var box = 0, share = Float(1)
            for channel in 0..<3 {
                let isHigh = corner >> channel & 1 == 1
                share *= isHigh ? high[channel] : 1 - high[channel]
                box = box * steps + min(Int(low[channel]) + (isHigh ? 1 : 0), steps - 1)
            }
            shares[box] += Double(share) * weight
        }
    }
}
