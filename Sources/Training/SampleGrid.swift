import Imaging

/// Sample rows as one picture: references, what was made (framed), and the truth.
struct SampleGrid {
    private let rows: [SampleRow]
    /// Enlargement of small pictures, so that a person sees them.
    private let scale: Int
    private let cell: Int
    private static let gap = 4

    init(_ rows: [SampleRow]) {
        self.rows = rows
        let side = rows.flatMap { [$0.made] + $0.references }.map { max($0.width, $0.height) }.max() ?? 1
        scale = max(1, 128 / side)
        cell = side * scale
    }

    func write(to path: String) throws(ImagingError) { try PictureFile.write(picture(), to: path) }

    func picture() throws(ImagingError) -> PixelImage {
        let columns = rows.map { $0.references.count + ($0.truth == nil ? 1 : 2) }.max() ?? 1
        let width = columns * (cell + Self.gap) + Self.gap, height = max(1, rows.count) * (cell + Self.gap) + Self.gap
        var pixels = [UInt8](repeating: 255, count: width * height * 3)
        for (index, row) in rows.enumerated() {
            let pictures = row.references + [row.made, row.truth].compactMap { $0 }
            let first = columns - pictures.count
            for (offset, picture) in pictures.enumerated() {
                let enlarged = try picture.rgb().resized(width: picture.width * scale, height: picture.height * scale, filter: .nearest)
                let left = Self.gap + (first + offset) * (cell + Self.gap), top = Self.gap + index * (cell + Self.gap)
                for y in 0..<enlarged.height {
                    let start = ((top + y) * width + left) * 3, from = y * enlarged.width * 3
                    pixels.replaceSubrange(start..<start + enlarged.width * 3, with: enlarged.pixels[from..<from + enlarged.width * 3])
                }
            }
        }
        return PixelImage(width: width, height: height, layout: .rgb, pixels: pixels)
    }
}
