extension PlaceLayout {
    func drawBeach(_ canvas: inout Canvas) {
        let shore = number(0, 0.58, 0.64)
        let horizon = shore - number(1, 0.16, 0.22)
        canvas.gradient(0, horizon, Colour(0.36, 0.72, 0.98), Colour(0.80, 0.93, 1))
        canvas.disc(number(2, 0.1, 0.9), number(3, 0.1, 0.17), 0.085, Colour(1, 0.88, 0.25))
        canvas.gradient(horizon, shore, Colour(0.03, 0.36, 0.72), Colour(0.12, 0.66, 0.82))
        canvas.block(-0.1, shore - 0.018, 1.1, shore + 0.014, .white)
        canvas.gradient(shore, 1, Colour(0.98, 0.87, 0.60), Colour(0.93, 0.76, 0.46))
        drawParasol(&canvas, x: numbers[4] < 0.5 ? number(5, 0.08, 0.16) : number(5, 0.84, 0.92), foot: shore + 0.06)
        let boat = number(6, 0.3, 0.7)
        canvas.fill(Box(boat - 0.07, horizon - 0.14, boat + 0.07, horizon), .white) {
            Distance.triangle($0, Point(boat, horizon - 0.13), Point(boat - 0.05, horizon), Point(boat + 0.05, horizon))
        }
        canvas.block(boat - 0.06, horizon, boat + 0.06, horizon + 0.028, Colour(0.75, 0.2, 0.15), rounding: 0.012)
    }

    private func drawParasol(_ canvas: inout Canvas, x: Float, foot: Float) {
        canvas.block(x - 0.009, foot - 0.30, x + 0.009, foot, Colour(0.5, 0.36, 0.25))
        let (top, red) = (foot - 0.34, Colour(0.93, 0.16, 0.18))
        canvas.fill(
            Box(x - 0.17, top, x + 0.17, top + 0.14),
            colours: { abs($0.x - x) < 0.055 || abs($0.x - x) > 0.115 ? red : .white }
        ) { max(Distance.ellipse($0, Point(x, top + 0.14), Point(0.17, 0.14)), $0.y - top - 0.13) }
    }

    func drawForest(_ canvas: inout Canvas) {
        let ground = number(0, 0.6, 0.68)
        canvas.gradient(0, ground, Colour(0.62, 0.80, 0.55), Colour(0.34, 0.56, 0.34))
        for tree in 0..<6 {
            let x = (Float(tree) + number(1 + tree % 3, 0.2, 0.8)) / 6
            canvas.block(x - 0.02, 0.1, x + 0.02, ground, Colour(0.22, 0.32, 0.20))
        }
        for tree in 0..<4 {
            let x = [0.06, 0.34, 0.66, 0.95][tree] + number(4 + tree, -0.06, 0.06)
            canvas.block(x - 0.035, 0.15, x + 0.035, ground + 0.05, Colour(0.36, 0.22, 0.13))
            let crown = Colour(0.06, tree % 2 == 0 ? 0.30 : 0.38, 0.13)
            canvas.fill(Box(x - 0.21, -0.2, x + 0.21, 0.34), crown) { p in
                let side = Distance.circle(Point(abs(p.x - x), p.y), Point(0.09, 0.2), 0.12)
                return min(side, Distance.circle(p, Point(x, 0.1), 0.17))
            }
        }
        canvas.hill(ground, peak: number(3, 0.2, 0.8), rise: 0.03, Colour(0.20, 0.38, 0.14), Colour(0.13, 0.25, 0.09))
        let (x, y) = (numbers[1] < 0.5 ? Float(0.1) : 0.9, ground + 0.13)
        canvas.block(x - 0.022, y - 0.03, x + 0.022, y + 0.04, Colour(0.96, 0.92, 0.84), rounding: 0.01)
        canvas.fill(Box(x - 0.08, y - 0.1, x + 0.08, y), Colour(0.88, 0.12, 0.10)) {
            max(Distance.ellipse($0, Point(x, y - 0.02), Point(0.075, 0.075)), $0.y - y + 0.02)
        }
    }

    func drawSnow(_ canvas: inout Canvas) {
        let ground = number(0, 0.58, 0.66)
        canvas.gradient(0, ground, Colour(0.60, 0.74, 0.88), Colour(0.86, 0.92, 0.97))
        let green = Colour(0.10, 0.36, 0.33)
        canvas.fir(number(1, 0.04, 0.14), foot: ground + 0.05, height: number(2, 0.45, 0.6), green, snow: true)
        canvas.fir(number(3, 0.84, 0.96), foot: ground + 0.05, height: number(4, 0.45, 0.6), green, snow: true)
        canvas.fir(number(5, 0.3, 0.7), foot: ground + 0.02, height: 0.32, green, snow: true)
        canvas.hill(ground, peak: number(6, 0.2, 0.8), rise: 0.05, Colour(0.99, 0.99, 1), Colour(0.84, 0.90, 0.97))
        for flake in 0..<14 {
            let x = (Float(flake) * 0.569840 + number(7, 0, 1)).truncatingRemainder(dividingBy: 1)
            let y = 0.66 * (Float(flake) * 0.754878 + number(6, 0, 1)).truncatingRemainder(dividingBy: 1)
            canvas.fill(Box(centre: Point(x, y), 0.02, 0.02), .white) { Distance.circle($0, Point(x, y), 0.016) }
        }
    }

    func drawDesert(_ canvas: inout Canvas) {
        let ground = number(0, 0.58, 0.66)
        canvas.gradient(0, ground, Colour(0.98, 0.55, 0.22), Colour(1, 0.83, 0.50))
        canvas.disc(number(1, 0.15, 0.85), number(2, 0.14, 0.24), 0.1, Colour(1, 0.95, 0.72))
        canvas.hill(ground - 0.03, peak: number(3, 0.1, 0.4), rise: 0.12, Colour(0.86, 0.48, 0.20), Colour(0.86, 0.48, 0.20))
        canvas.hill(ground, peak: number(4, 0.6, 0.9), rise: 0.06, Colour(0.95, 0.68, 0.32), Colour(0.82, 0.50, 0.20))
        drawCactus(&canvas, x: number(5, 0.05, 0.14), foot: ground + 0.1, height: number(6, 0.36, 0.46))
        drawCactus(&canvas, x: number(7, 0.86, 0.95), foot: ground + 0.07, height: number(5, 0.3, 0.4))
    }

    private func drawCactus(_ canvas: inout Canvas, x: Float, foot: Float, height: Float) {
        let frame = Frame(centre: Point(x, foot), scale: height)
        canvas.outline(
            Box(-0.32, -1, 0.32, 0.1), in: frame, Colour(0.07, 0.27, 0.13), width: 0.03, colours: { _ in Colour(0.20, 0.55, 0.25) }
        ) { p in
            let trunk = Distance.capsule(p, Point(0, 0), Point(0, -0.9), 0.1)
            let left = min(
                Distance.capsule(p, Point(-0.24, -0.45), Point(-0.24, -0.66), 0.07), Distance.capsule(p, Point(-0.24, -0.45), Point(0, -0.42), 0.07))
            let right = min(
                Distance.capsule(p, Point(0.24, -0.3), Point(0.24, -0.55), 0.07), Distance.capsule(p, Point(0.24, -0.3), Point(0, -0.26), 0.07))
            return min(trunk, min(left, right))
        }
    }

    func drawMeadow(_ canvas: inout Canvas) {
        let ground = number(0, 0.52, 0.6)
        canvas.gradient(0, ground, Colour(0.38, 0.70, 1), Colour(0.82, 0.94, 1))
        canvas.cloud(number(1, 0.1, 0.4), number(2, 0.1, 0.2), 0.3)
        canvas.cloud(number(3, 0.6, 0.9), number(4, 0.14, 0.28), 0.26)
        canvas.hill(ground, peak: number(5, 0.2, 0.8), rise: number(6, 0.04, 0.1), Colour(0.52, 0.85, 0.28), Colour(0.24, 0.62, 0.16))
        let petals = [Colour(1, 0.3, 0.45), Colour(1, 0.9, 0.2), .white, Colour(0.75, 0.45, 1)]
        for flower in 0..<13 {
            let x = (Float(flower) * 0.569840 + number(7, 0, 1)).truncatingRemainder(dividingBy: 1)
            let y = ground + 0.08 + (0.92 - ground) * (Float(flower) * 0.754878 + number(6, 0, 1)).truncatingRemainder(dividingBy: 1)
            let centre = Point(x, y)
            canvas.fill(Box(centre: centre, 0.03, 0.03), petals[flower % 4]) { Distance.circle($0, centre, 0.026) }
            canvas.fill(Box(centre: centre, 0.012, 0.012), Colour(1, 0.75, 0.1)) { Distance.circle($0, centre, 0.01) }
        }
    }

    func drawMountains(_ canvas: inout Canvas) {
        let ground = number(0, 0.66, 0.72)
        canvas.gradient(0, ground, Colour(0.95, 0.62, 0.70), Colour(1, 0.88, 0.78))
        drawPeak(&canvas, x: number(1, 0.4, 0.6), top: number(2, 0.12, 0.2), foot: ground, slope: 0.62, Colour(0.56, 0.50, 0.70))
        drawPeak(&canvas, x: number(3, 0.08, 0.25), top: number(4, 0.2, 0.32), foot: ground, slope: 0.7, Colour(0.42, 0.38, 0.56))
        drawPeak(&canvas, x: number(5, 0.75, 0.92), top: number(6, 0.18, 0.3), foot: ground, slope: 0.7, Colour(0.38, 0.34, 0.52))
        canvas.hill(ground, peak: number(7, 0.2, 0.8), rise: 0.03, Colour(0.45, 0.52, 0.44), Colour(0.30, 0.36, 0.33))
        for stone in 0..<5 {
            let centre = Point(0.1 + 0.2 * Float(stone) + number(stone, -0.08, 0.08), ground + 0.08 + number(7 - stone, 0, 0.2))
            canvas.fill(Box(centre: centre, 0.06, 0.04), Colour(0.58, 0.57, 0.60)) {
                max(Distance.ellipse($0, centre, Point(0.055, 0.04)), $0.y - centre.y - 0.02)
            }
        }
    }

    /// A triangle with a cap of snow whose lower edge is jagged.
    private func drawPeak(_ canvas: inout Canvas, x: Float, top: Float, foot: Float, slope: Float, _ colour: Colour) {
        let half = (foot - top) * slope
        let (tip, left, right) = (Point(x, top), Point(x - half, foot), Point(x + half, foot))
        canvas.fill(
            Box(x - half, top, x + half, foot + 0.05),
            colours: { p in
                let d = (p.x - x) / 0.07
                let jag = abs(d - d.rounded()) * 0.09
                return p.y < top + 0.12 + jag ? .white : (p.x > x ? colour.scaled(0.82) : colour)
            }) { Distance.triangle($0, left, tip, right) }
    }

    func drawFarm(_ canvas: inout Canvas) {
        let ground = number(0, 0.56, 0.62)
        canvas.gradient(0, ground, Colour(0.55, 0.83, 0.97), Colour(0.88, 0.96, 0.98))
        canvas.cloud(number(1, 0.2, 0.8), 0.12, 0.28)
        canvas.hill(ground, peak: number(2, 0.2, 0.8), rise: 0.02, Colour(0.93, 0.80, 0.28), Colour(0.78, 0.60, 0.16))
        let isLeft = numbers[3] < 0.5
        drawBarn(&canvas, x: isLeft ? number(4, 0.16, 0.28) : number(4, 0.72, 0.84), foot: ground + 0.04)
        let fence = Colour(0.97, 0.96, 0.92)
        let top = ground + 0.02
        for post in 0..<7 {
            let x = Float(post) / 6
            canvas.block(x - 0.016, top - 0.07, x + 0.016, top + 0.12, fence, rounding: 0.008)
        }
        canvas.block(-0.1, top - 0.03, 1.1, top - 0.005, fence)
        canvas.block(-0.1, top + 0.04, 1.1, top + 0.065, fence)
        let hay = Point(isLeft ? number(5, 0.84, 0.92) : number(5, 0.08, 0.16), ground + 0.16)
        canvas.outline(
            Box(centre: hay, 0.12, 0.12), in: .picture, Colour(0.55, 0.38, 0.10), width: 0.012, colours: { _ in Colour(0.98, 0.84, 0.38) }
        ) { max(Distance.ellipse($0, hay, Point(0.11, 0.11)), $0.y - hay.y - 0.06) }
    }

    private func drawBarn(_ canvas: inout Canvas, x: Float, foot: Float) {
        let (red, roof) = (Colour(0.76, 0.14, 0.12), Colour(0.40, 0.20, 0.18))
        canvas.block(x - 0.17, foot - 0.3, x + 0.17, foot, red)
        canvas.fill(Box(x - 0.22, foot - 0.47, x + 0.22, foot - 0.28), roof) {
            Distance.triangle($0, Point(x - 0.21, foot - 0.29), Point(x, foot - 0.47), Point(x + 0.21, foot - 0.29))
        }
        canvas.block(x - 0.065, foot - 0.17, x + 0.065, foot, .white)
        canvas.fill(Box(x - 0.06, foot - 0.16, x + 0.06, foot), red) { p in
            let fromDiagonal = abs(abs(p.x - x) - (foot - p.y) * 0.35)
            return max(Distance.rectangle(p, Point(x, foot - 0.08), Point(0.052, 0.078)), 0.008 - fromDiagonal)
        }
        canvas.block(x - 0.03, foot - 0.27, x + 0.03, foot - 0.21, .white)
    }
}
