extension PlaceLayout {
    func drawCity(_ canvas: inout Canvas) {
        let ground = number(0, 0.66, 0.72)
        canvas.gradient(0, ground, Colour(0.03, 0.04, 0.20), Colour(0.20, 0.16, 0.46))
        canvas.disc(number(1, 0.12, 0.88), 0.12, 0.07, Colour(0.99, 0.97, 0.80), glow: 0.25)
        for house in 0..<6 {
            let width: Float = 1 / 6
            let left = Float(house) * width + 0.004
            let top = 0.2 + 0.3 * numbers[(house + 2) % 8] * (house % 2 == 0 ? 1 : 0.8)
            let shade: Float = house % 2 == 0 ? 0.10 : 0.15
            canvas.block(left, top, left + width - 0.008, ground, Colour(shade, shade, shade + 0.13))
            drawWindows(&canvas, left: left, top: top, ground: ground, house: house)
        }
        canvas.gradient(ground, 1, Colour(0.30, 0.30, 0.38), Colour(0.20, 0.20, 0.28))
        canvas.block(-0.1, ground, 1.1, ground + 0.025, Colour(0.55, 0.55, 0.62))
        for dash in 0..<4 {
            let x = (Float(dash) + number(7, 0, 1)) * 0.28 - 0.1
            canvas.block(x, 0.9, x + 0.14, 0.925, Colour(0.95, 0.9, 0.6))
        }
    }

    private func drawWindows(_ canvas: inout Canvas, left: Float, top: Float, ground: Float, house: Int) {
        let lit = Colour(1, 0.86, 0.35)
        var row = 0
        while top + 0.04 + Float(row) * 0.085 + 0.05 < ground - 0.02 {
            for column in 0..<2 where (house &* 7 &+ row &* 3 &+ column &* 5 &+ Int(numbers[house % 8] * 11)) % 3 != 0 {
                let (x, y) = (left + 0.025 + Float(column) * 0.065, top + 0.04 + Float(row) * 0.085)
                canvas.block(x, y, x + 0.042, y + 0.05, lit)
            }
            row += 1
        }
    }

    func drawSpace(_ canvas: inout Canvas) {
        let ground = number(0, 0.68, 0.74)
        canvas.gradient(0, 1, Colour(0.01, 0.01, 0.06), Colour(0.10, 0.04, 0.22))
        for star in 0..<24 {
            let x = (Float(star) * 0.569840 + number(1, 0, 1)).truncatingRemainder(dividingBy: 1)
            let y = 0.72 * (Float(star) * 0.754878 + number(2, 0, 1)).truncatingRemainder(dividingBy: 1)
            let radius: Float = star % 5 == 0 ? 0.013 : 0.008
            canvas.fill(Box(centre: Point(x, y), radius, radius), Colour(1, 1, 0.92)) { Distance.circle($0, Point(x, y), radius) }
        }
        drawPlanet(&canvas, Point(number(3, 0.14, 0.86), number(4, 0.14, 0.22)), hue: numbers[5] < 0.5 ? 0.06 : 0.9)
        canvas.hill(ground, peak: number(6, 0.3, 0.7), rise: 0.06, Colour(0.72, 0.72, 0.76), Colour(0.46, 0.46, 0.52))
        for crater in 0..<5 {
            let centre = Point(0.08 + 0.21 * Float(crater) + number(crater, -0.05, 0.05), ground + 0.08 + number(7 - crater, 0, 0.18))
            let radii = Point(0.075, 0.03)
            canvas.fill(Box(centre: centre, 0.08, 0.04), Colour(0.42, 0.42, 0.48)) { Distance.ellipse($0, centre, radii) }
            canvas.fill(Box(centre: centre, 0.08, 0.04), Colour(0.55, 0.55, 0.6)) { Distance.ellipse($0, centre + Point(0, 0.008), radii * 0.8) }
        }
    }

    private func drawPlanet(_ canvas: inout Canvas, _ centre: Point, hue: Float) {
        let frame = Frame(centre: centre, scale: 0.1, angle: -0.35)
        let ring = Colour(hue: hue + 0.08, 0.4, 0.95)
        canvas.fill(Box(-1.9, -0.6, 1.9, 0.6), in: frame, ring) { abs(Distance.ellipse($0, Point(0, 0), Point(1.65, 0.42))) - 0.13 }
        let body = Colour(hue: hue, 0.65, 0.95)
        canvas.fill(
            Box(-1, -1, 1, 1), in: frame, colours: { abs($0.y + 0.35) < 0.16 ? body.mixed(with: .white, 0.4) : body.scaled(1 - 0.3 * $0.y) }
        ) { Distance.length($0) - 1 }
        canvas.fill(Box(-1.9, 0, 1.9, 0.6), in: frame, ring) {
            max(abs(Distance.ellipse($0, Point(0, 0), Point(1.65, 0.42))) - 0.13, -$0.y)
        }
    }

    func drawSea(_ canvas: inout Canvas) {
        let ground = number(0, 0.76, 0.82)
        canvas.gradient(0, ground, Colour(0.10, 0.72, 0.86), Colour(0.02, 0.22, 0.56))
        canvas.hill(ground, peak: number(1, 0.2, 0.8), rise: 0.04, Colour(0.62, 0.72, 0.55), Colour(0.40, 0.52, 0.48))
        for weed in 0..<4 {
            let x = [0.05, 0.15, 0.87, 0.96][weed] + number(2 + weed, -0.025, 0.025)
            let height = number(7 - weed, 0.32, 0.5)
            let colour = Colour(0.05, weed % 2 == 0 ? 0.50 : 0.62, 0.30)
            canvas.fill(Box(x - 0.06, ground - height, x + 0.06, ground + 0.06), colour) { p in
                let up = (ground + 0.05 - p.y) / height
                let sway = 0.026 * sin(up * 9 + Float(weed) * 2)
                return max(abs(p.x - x - sway) - 0.026 * (1.15 - up), p.y - ground - 0.05) * 0.9
            }
        }
        for bubble in 0..<7 {
            let x = (Float(bubble) * 0.569840 + number(6, 0, 1)).truncatingRemainder(dividingBy: 1)
            let y = 0.05 + 0.6 * (Float(bubble) * 0.754878 + number(7, 0, 1)).truncatingRemainder(dividingBy: 1)
            let centre = Point(x, y)
            canvas.fill(Box(centre: centre, 0.04, 0.04), Colour(0.80, 0.97, 1), opacity: 0.85) {
                abs(Distance.circle($0, centre, 0.026)) - 0.008
            }
        }
        let side: Float = numbers[3] < 0.5 ? 1 : -1
        drawFish(&canvas, Point(number(4, 0.25, 0.75), number(5, 0.1, 0.22)), facing: side)
    }

    private func drawFish(_ canvas: inout Canvas, _ centre: Point, facing: Float) {
        let frame = Frame(origin: centre, right: Point(0.1 * facing, 0), down: Point(0, 0.1))
        canvas.fill(Box(-1.3, -0.6, 1, 0.6), in: frame, Colour(1, 0.55, 0.12)) { p in
            min(Distance.ellipse(p, Point(0.1, 0), Point(0.8, 0.46)), Distance.triangle(p, Point(-0.5, 0), Point(-1.2, -0.5), Point(-1.2, 0.5)))
        }
        canvas.fill(Box(0, -0.5, 0.3, 0.5), in: frame, .white) { max(abs($0.x - 0.12) - 0.11, abs($0.y) - 0.42) }
        canvas.fill(Box(0.3, -0.3, 0.7, 0.1), in: frame, .ink) { Distance.circle($0, Point(0.52, -0.1), 0.1) }
    }

    func drawRoom(_ canvas: inout Canvas) {
        let ground = number(0, 0.62, 0.68)
        // Wallpaper from peach to pink, far from the sky of other places.
        let wall = Colour(hue: number(1, -0.04, 0.08), 0.28, 0.95)
        canvas.gradient(0, ground, wall, wall)
        for stripe in 0..<8 {
            let x = (Float(stripe) + 0.25) / 8
            canvas.block(x, 0, x + 0.06, ground, wall.scaled(0.92))
        }
        let left = numbers[2] < 0.5
        drawWindow(&canvas, x: left ? number(3, 0.2, 0.28) : number(3, 0.72, 0.8))
        drawLamp(&canvas, x: left ? number(4, 0.86, 0.92) : number(4, 0.08, 0.14), foot: ground + 0.03)
        canvas.gradient(ground, 1, Colour(0.66, 0.42, 0.22), Colour(0.54, 0.32, 0.15))
        canvas.block(-0.1, ground - 0.02, 1.1, ground + 0.012, Colour(0.98, 0.95, 0.9))
        for board in 1..<4 {
            let y = ground + (1 - ground) * Float(board * board) / 11
            canvas.block(-0.1, y, 1.1, y + 0.012, Colour(0.42, 0.24, 0.11))
        }
        let rug = Point(number(5, 0.4, 0.6), 0.88)
        canvas.outline(
            Box(centre: rug, 0.42, 0.1), in: .picture, Colour(0.98, 0.85, 0.55), width: 0.03,
            colours: { _ in Colour(hue: number(6, 0.9, 1.02), 0.6, 0.65) }
        ) { Distance.ellipse($0, rug, Point(0.4, 0.09)) }
    }

    private func drawWindow(_ canvas: inout Canvas, x: Float) {
        canvas.block(x - 0.15, 0.08, x + 0.15, 0.42, Colour(0.99, 0.97, 0.92), rounding: 0.01)
        canvas.block(x - 0.12, 0.11, x + 0.12, 0.39, Colour(0.50, 0.80, 0.98))
        canvas.block(x - 0.012, 0.1, x + 0.012, 0.4, Colour(0.99, 0.97, 0.92))
        canvas.block(x - 0.13, 0.24, x + 0.13, 0.262, Colour(0.99, 0.97, 0.92))
    }

    private func drawLamp(_ canvas: inout Canvas, x: Float, foot: Float) {
        canvas.block(x - 0.012, 0.3, x + 0.012, foot, Colour(0.30, 0.22, 0.20))
        canvas.block(x - 0.06, foot - 0.02, x + 0.06, foot + 0.005, Colour(0.30, 0.22, 0.20), rounding: 0.01)
        canvas.fill(Box(x - 0.1, 0.14, x + 0.1, 0.32), Colour(1, 0.90, 0.50)) {
            max(abs($0.x - x) - 0.045 - ($0.y - 0.15) * 0.3, max(0.15 - $0.y, $0.y - 0.31))
        }
    }

    func drawKitchen(_ canvas: inout Canvas) {
        let ground = number(0, 0.62, 0.68)
        // A wall of mint tiles with bright joints.
        let tile = Colour(hue: number(1, 0.40, 0.47), 0.34, 0.86)
        canvas.gradient(0, ground, .white, .white)
        for row in 0..<5 {
            for column in 0..<7 {
                let (x, y) = (Float(column) / 7, Float(row) * 0.14 - 0.02)
                let shade = tile.scaled((row + column) % 2 == 0 ? 1 : 0.93)
                canvas.block(x + 0.01, y + 0.01, x + 1.0 / 7 - 0.01, min(y + 0.13, ground), shade)
            }
        }
        drawShelf(&canvas, x: number(2, 0.3, 0.7))
        drawStove(&canvas, isLeft: numbers[3] < 0.5, foot: ground + 0.06)
        let dark = Colour(0.20, 0.20, 0.24)
        let bright = Colour(0.95, 0.94, 0.92)
        canvas.fill(
            Box(0, ground, 1, 1),
            colours: { p in
                let depth = (p.y - ground) / (1 - ground)
                let across = (p.x - 0.5) * 7 / (1 + depth * 0.8) + number(5, 0, 1)
                let along = (depth * (2 - depth * 0.6)) * 2.2
                return (Int(across.rounded(.down)) + Int(along.rounded(.down))) & 1 == 0 ? bright : dark
            }) { ground - $0.y }
    }

    private func drawShelf(_ canvas: inout Canvas, x: Float) {
        canvas.block(x - 0.3, 0.24, x + 0.3, 0.275, Colour(0.60, 0.38, 0.20))
        for pot in 0..<3 {
            let centre = x - 0.2 + 0.2 * Float(pot)
            let colour = Colour(hue: Float(pot) * 0.3 + number(4, 0, 0.3), 0.75, 0.85)
            canvas.block(centre - 0.06, 0.14, centre + 0.06, 0.24, colour, rounding: 0.02)
            canvas.block(centre - 0.075, 0.125, centre + 0.075, 0.15, colour.scaled(0.75), rounding: 0.01)
        }
    }

    private func drawStove(_ canvas: inout Canvas, isLeft: Bool, foot: Float) {
        let (left, right): (Float, Float) = isLeft ? (-0.02, 0.24) : (0.76, 1.02)
        canvas.block(left, 0.42, right, foot, Colour(0.93, 0.93, 0.95))
        canvas.block(left, 0.42, right, 0.45, Colour(0.25, 0.25, 0.28))
        canvas.block(left + 0.05, 0.51, right - 0.05, foot - 0.04, Colour(0.18, 0.18, 0.22), rounding: 0.01)
        canvas.block(left + 0.07, 0.32, right - 0.05, 0.42, Colour(0.85, 0.22, 0.18), rounding: 0.02)
    }
}
