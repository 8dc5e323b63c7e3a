/// The manner in which the last stage draws a scene; all of them draw the same things at the same places.
public enum PictureStyle: String, Sendable, Codable, CaseIterable {
    case plain
    /// Few flat colours, no light.
    case flat
    case lineArt = "line-art"
    case pencil
    case watercolour
    case pixelArt = "pixel-art"
    case mosaic
    case blueprint
    case neon
    case halftone
    case sepia

    /// All but the plain manner.
    public static let drawn = allCases.filter { $0 != .plain }

    /// How a person calls it.
    public var words: String {
        switch self {
        case .lineArt: "line art"
        case .pixelArt: "pixel art"
        default: rawValue
        }
    }
}

extension Canvas {
    /// Draws the finished picture again in a manner; masks stay as they are.
    mutating func restyle(_ style: PictureStyle, seed: UInt64) {
        guard style != .plain else { return }
        let stage = StyleStage(pixels: pixels, size: size, seed: seed)
        let pixel: (Int, Int) -> SIMD4<Float>
        switch style {
        case .plain: return
        case .flat: pixel = stage.flat
        case .lineArt: pixel = stage.lineArt
        case .pencil: pixel = stage.pencil
        case .watercolour: pixel = stage.watercolour
        case .pixelArt: pixel = stage.pixelArt
        case .mosaic: pixel = stage.mosaic
        case .blueprint: pixel = stage.blueprint
        case .neon: pixel = stage.neon
        case .halftone: pixel = stage.halftone
        case .sepia: pixel = stage.sepia
        }
        replacePixels(pixel)
    }
}
