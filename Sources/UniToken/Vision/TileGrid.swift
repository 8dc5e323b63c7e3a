public import Imaging

/// How a picture in any resolution is cut into tiles, and put together again from their tokens.
///
/// Source: LLaVA-NeXT's AnyRes as UniToken has it: tools/mm_utils and inference_solver_anyres.
public struct TileGrid: Sendable, Equatable {
    /// Pixels of the canvas that the tiles cover.
    public let canvas: PixelSize
    /// Side of a tile in pixels.
    public let side: Int

    public var columns: Int { canvas.width / side }
    public var rows: Int { canvas.height / side }

    /// Canvases in tiles, in the order that decides ties. Source: UniToken, `image_grid_pinpoints`.
    public static let arrangements = [(1, 2), (2, 1), (2, 2), (1, 3), (3, 1)]

    /// The canvas that shows most of a picture's pixels, and of equal ones the one that wastes least.
    public init(of picture: PixelSize, side: Int) {
        var best = PixelSize(width: side, height: side), mostShown = 0, leastWasted = Int.max
        for (columns, rows) in Self.arrangements {
            let canvas = PixelSize(width: columns * side, height: rows * side)
            let scale = min(Double(canvas.width) / Double(picture.width), Double(canvas.height) / Double(picture.height))
            let shown = min(Int(Double(picture.width) * scale) * Int(Double(picture.height) * scale), picture.area), wasted = canvas.area - shown
            guard shown > mostShown || (shown == mostShown && wasted < leastWasted) else { continue }
            (best, mostShown, leastWasted) = (canvas, shown, wasted)
        }
        canvas = best
        self.side = side
    }

    // MARK: pixels

    /// The picture scaled into the canvas, in its middle, black around it.
    public func padded(_ picture: PixelImage) throws(ImagingError) -> PixelImage {
        let picture = picture.rgb()
        let scaleX = Double(canvas.width) / Double(picture.width), scaleY = Double(canvas.height) / Double(picture.height)
        func scaled(_ length: Int, _ scale: Double, _ limit: Int) -> Int { min(Int((Double(length) * scale).rounded(.up)), limit) }
        let width = scaleX < scaleY ? canvas.width : scaled(picture.width, scaleY, canvas.width)
        let height = scaleX < scaleY ? scaled(picture.height, scaleX, canvas.height) : canvas.height
        let resized = try picture.resized(width: width, height: height, filter: .bicubic)
        let left = (canvas.width - width) / 2, top = (canvas.height - height) / 2
        var pixels = [UInt8](repeating: 0, count: 3 * canvas.area)
        for row in 0..<height {
            let start = 3 * ((top + row) * canvas.width + left)
            pixels.replaceSubrange(start..<start + 3 * width, with: resized.pixels[3 * row * width..<3 * (row + 1) * width])
        }
        return PixelImage(width: canvas.width, height: canvas.height, layout: .rgb, pixels: pixels)
    }

    /// The tiles of the padded picture, row by row.
    public func tiles(_ picture: PixelImage) throws(ImagingError) -> [PixelImage] {
        let canvas = try padded(picture)
        return (0..<rows * columns).map {
            canvas.cropped(left: $0 % columns * side, top: $0 / columns * side, width: side, height: side)
        }
    }

    // MARK: tokens

    /// The order of the tokens that a model is shown.
    ///
    /// - Parameters:
    ///   - picture: the picture's size in pixels.
    ///   - tileSide: tokens per side of a tile.
    /// - Returns: places in the list of all tokens (the whole picture's, then those of each tile); -1 for the end of a row.
    public func tokenOrder(of picture: PixelSize, tileSide: Int) -> [Int] {
        let (horizontal, vertical) = unpadded(picture, tileSide: tileSide), perTile = tileSide * tileSide
        var order = Array(0..<perTile)
        for y in vertical {
            for x in horizontal {
                let tile = 1 + y / tileSide * columns + x / tileSide
                order.append(tile * perTile + y % tileSide * tileSide + x % tileSide)
            }
            order.append(-1)
        }
        return order
    }

    /// The columns and rows of tokens that show the picture, without those that show only padding.
    ///
    /// One row or column of padding stays where their number is odd, as in the official code.
    func unpadded(_ picture: PixelSize, tileSide: Int) -> (columns: Range<Int>, rows: Range<Int>) {
        let width = columns * tileSide, height = rows * tileSide
        if Double(picture.width) / Double(picture.height) > Double(width) / Double(height) {
            let padding = (height - Int(Double(picture.height) * (Double(width) / Double(picture.width)))) / 2
            return (0..<width, padding..<height - padding)
        }
        let padding = (width - Int(Double(picture.width) * (Double(height) / Double(picture.height)))) / 2
        return (padding..<width - padding, 0..<height)
    }
}
