/// The styles, each a function from a pixel's place to its colour, reading the finished plain picture.
///
/// Lengths are shares of the picture's side, so a style looks the same at every size; the smallest are a pixel at 64.
struct StyleStage {
    private let pixels: [SIMD4<Float>]
    private let size: Int
    private let seed: UInt64
    /// Light of every pixel.
    private let light: [Float]
    /// Contrast around every pixel, 0...1: dark outlines and borders between colours.
    private let edges: [Float]

    init(pixels: [SIMD4<Float>], size: Int, seed: UInt64) {
        // Highlights may be brighter than white; the styles count on 0...1.
        let shown = pixels.map { $0.clamped(lowerBound: .zero, upperBound: .one) }
        self.pixels = shown
        self.size = size
        self.seed = seed
        light = shown.map { min(Self.light($0), 1) }
        edges = Self.edges(shown, size: size)
    }

    // MARK: Reading the picture

    private static let weights = SIMD4<Float>(0.299, 0.587, 0.114, 0)

    @inline(__always)
    private static func light(_ lanes: SIMD4<Float>) -> Float { (lanes * weights).sum() }

    /// Differences across each pixel, a 64th of the side to both sides, at least one pixel.
    private static func edges(_ pixels: [SIMD4<Float>], size: Int) -> [Float] {
        let reach = max(1, (size + 32) / 64)
        return [Float](unsafeUninitializedCapacity: size * size) { result, count in
            pixels.withUnsafeBufferPointer { pixels in
                for y in 0..<size {
                    let (up, down) = (max(y - reach, 0) * size, min(y + reach, size - 1) * size)
                    for x in 0..<size {
                        let (left, right) = (max(x - reach, 0), min(x + reach, size - 1))
                        let across = pixels[y * size + right] - pixels[y * size + left]
                        let along = pixels[down + x] - pixels[up + x]
                        let square = across * across + along * along
                        result[y * size + x] = min(1, (square.x + square.y + square.z).squareRoot() * 0.95)
                    }
                }
            }
            count = size * size
        }
    }

    /// The picture at a place 0...1, the nearest pixel.
    @inline(__always)
    private func sample(_ x: Float, _ y: Float) -> SIMD4<Float> { pixels[index(x, y)] }

    @inline(__always)
    private func index(_ x: Float, _ y: Float) -> Int {
        let limit = Float(size)
        let column = Int(min(max(x * limit, 0), limit - 1))
        return Int(min(max(y * limit, 0), limit - 1)) * size + column
    }

    @inline(__always)
    private func place(_ x: Int, _ y: Int) -> Point { Point((Float(x) + 0.5) / Float(size), (Float(y) + 0.5) / Float(size)) }

    /// A number 0..<1 for each cell of a lattice.
    @inline(__always)
    private func random(_ x: Int, _ y: Int, _ salt: UInt64 = 0) -> Float {
        let key = UInt64(bitPattern: Int64(x &* 73_856_093 ^ y &* 19_349_663)) &+ salt &* 0x9E37_79B9_7F4A_7C15
        return Float(RandomStream.mixed(seed ^ key) >> 40) * 0x1p-24
    }

    /// Soft noise 0...1 with `cells` bumps along a side.
    private func noise(_ p: Point, cells: Float, _ salt: UInt64) -> Float {
        let q = p * cells
        let (column, row) = (Int(q.x.rounded(.down)), Int(q.y.rounded(.down)))
        let f = q - Point(Float(column), Float(row))
        let s = f * f * (3 - 2 * f)
        let top = random(column, row, salt) * (1 - s.x) + random(column + 1, row, salt) * s.x
        let bottom = random(column, row + 1, salt) * (1 - s.x) + random(column + 1, row + 1, salt) * s.x
        return top * (1 - s.y) + bottom * s.y
    }

    /// How much of a pixel lies inside a shape at a signed distance in shares of the side.
    @inline(__always)
    private func coverage(_ distance: Float) -> Float { min(max(0.5 - distance * Float(size), 0), 1) }

    @inline(__always)
    private func mix(_ a: SIMD4<Float>, _ b: SIMD4<Float>, _ share: Float) -> SIMD4<Float> { a + (b - a) * share }

    /// The strongest lane full, the weakest gone: a colour as a lamp shows it.
    @inline(__always)
    private func vivid(_ c: SIMD4<Float>) -> SIMD4<Float> {
        let (high, low) = (max(c.x, max(c.y, c.z)), min(c.x, min(c.y, c.z)))
        guard high - low > 0.06 else { return SIMD4(0.75, 0.8, 0.9, 1) }
        return (c - low) / (high - low)
    }

    // MARK: Styles

    func flat(_ x: Int, _ y: Int) -> SIMD4<Float> {
        let c = pixels[y * size + x]
        return (c * 2 + 0.15).rounded(.toNearestOrEven) * SIMD4(0.5, 0.5, 0.48, 1)
    }

    func lineArt(_ x: Int, _ y: Int) -> SIMD4<Float> {
        let i = y * size + x
        let ink = min(1, max(0, edges[i] * 2.2 - 0.3))
        return SIMD4(repeating: 1 - ink)
    }

    func pencil(_ x: Int, _ y: Int) -> SIMD4<Float> {
        let p = place(x, y)
        let i = y * size + x
        let shade = 1 - light[i]
        // Two layers of slanted strokes; the second only where it is dark.
        let first = abs(((p.x + p.y) * 13).truncatingRemainder(dividingBy: 1) - 0.5) * 2
        let second = abs(((p.x - p.y + 2) * 13).truncatingRemainder(dividingBy: 1) - 0.5) * 2
        let strokes: Float = second < shade * 1.6 - 0.75 ? 0.6 : first < shade * 1.1 ? 0.45 : 0
        let graphite = max(strokes, edges[i] * 0.85) * (0.85 + 0.3 * random(x, y, 1))
        return mix(SIMD4(0.96, 0.95, 0.91, 1), SIMD4(0.22, 0.22, 0.25, 1), min(graphite, 1))
    }

    func watercolour(_ x: Int, _ y: Int) -> SIMD4<Float> {
        let p = place(x, y)
        let wobble = Point(noise(p, cells: 9, 1) - 0.5, noise(p, cells: 9, 2) - 0.5) * 0.07
        let q = p + wobble
        let r: Float = 0.018
        var c = (sample(q.x, q.y) + sample(q.x + r, q.y) + sample(q.x - r, q.y) + sample(q.x, q.y + r) + sample(q.x, q.y - r)) / 5
        c = mix(c, SIMD4(repeating: 1), 0.28 + 0.36 * noise(p, cells: 5, 3))
        // The wash ends before the paper does, in a ragged line.
        let border = min(min(p.x, 1 - p.x), min(p.y, 1 - p.y)) - 0.035 - 0.06 * noise(p, cells: 7, 4)
        return mix(c, SIMD4(0.99, 0.985, 0.96, 1), coverage(border))
    }

    func pixelArt(_ x: Int, _ y: Int) -> SIMD4<Float> {
        let cell: Float = 3 / 64
        let p = place(x, y)
        let corner = Point((p.x / cell).rounded(.down), (p.y / cell).rounded(.down)) * cell
        var c = SIMD4<Float>.zero
        for part in 0..<16 { c += sample(corner.x + cell * (Float(part % 4) + 0.5) / 4, corner.y + cell * (Float(part / 4) + 0.5) / 4) }
        return (c / 16 * 4).rounded(.toNearestOrEven) / 4
    }

    func mosaic(_ x: Int, _ y: Int) -> SIMD4<Float> {
        let cells: Float = 16
        let q = place(x, y) * cells
        var (nearest, second) = (Float.infinity, Float.infinity)
        var centre = q
        for row in Int(q.y) - 1...Int(q.y) + 1 {
            for column in Int(q.x) - 1...Int(q.x) + 1 {
                let stone = Point(Float(column) + 0.15 + 0.7 * random(column, row, 1), Float(row) + 0.15 + 0.7 * random(column, row, 2))
                let d = Distance.length(q - stone)
                if d < nearest { (nearest, second, centre) = (d, nearest, stone) } else { second = min(second, d) }
            }
        }
        let stone = sample(centre.x / cells, centre.y / cells) * (0.9 + 0.25 * random(Int(centre.x * 64), Int(centre.y * 64), 3))
        return mix(stone, SIMD4(0.93, 0.90, 0.84, 1), coverage((second - nearest - 0.13) / cells))
    }

    func blueprint(_ x: Int, _ y: Int) -> SIMD4<Float> {
        let p = place(x, y)
        let grid = min(abs((p.x * 8).rounded() - p.x * 8), abs((p.y * 8).rounded() - p.y * 8)) / 8
        let paper = mix(SIMD4(0.05, 0.22, 0.62, 1), SIMD4(0.30, 0.48, 0.86, 1), coverage(grid - 0.004) * 0.7)
        return mix(paper, SIMD4(0.95, 0.98, 1, 1), min(1, max(0, edges[y * size + x] * 1.7 - 0.12)))
    }

    func neon(_ x: Int, _ y: Int) -> SIMD4<Float> {
        let p = place(x, y)
        let step: Float = 1 / 64
        var glow = SIMD4<Float>.zero
        // A tube on every edge, and its shine around it.
        for row in -2...2 {
            for column in -2...2 {
                let i = index(p.x + Float(column) * step, p.y + Float(row) * step)
                let share = row == 0 && column == 0 ? 0.75 : 0.16 / Float(1 + row * row + column * column)
                glow += vivid(pixels[i]) * (max(0, edges[i] - 0.12) * share)
            }
        }
        return SIMD4(0.03, 0.01, 0.08, 1) + glow * 1.5
    }

    func halftone(_ x: Int, _ y: Int) -> SIMD4<Float> {
        let p = place(x, y)
        let (cosine, sine): (Float, Float) = (0.8660254, 0.5)
        let cells: Float = 16
        let q = Point(p.x * cosine + p.y * sine, p.y * cosine - p.x * sine) * cells
        let cell = q.rounded(.toNearestOrEven)
        let centre = Point(cell.x * cosine - cell.y * sine, cell.y * cosine + cell.x * sine) / cells
        let i = index(centre.x, centre.y)
        let radius = 0.22 + 0.5 * (1 - light[i]).squareRoot()
        let ink = vivid(pixels[i]) * (0.35 + 0.5 * light[i])
        return mix(SIMD4(1, 0.99, 0.95, 1), ink, coverage((Distance.length(q - cell) - radius) / cells))
    }

    func sepia(_ x: Int, _ y: Int) -> SIMD4<Float> {
        let p = place(x, y) - 0.5
        let shade = min(1, max(0, light[y * size + x] * 1.1 - 0.03)) * (1 - 0.75 * max(0, (p * p).sum() - 0.14))
        return SIMD4(0.20 + 0.80 * shade, 0.11 + 0.78 * shade, 0.05 + 0.60 * shade, 1)
    }
}
