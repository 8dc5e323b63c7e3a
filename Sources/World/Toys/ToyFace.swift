/// Draws eyes, mouth and cheeks; large, since they are among what tells toys apart.
struct ToyFace {
    let eyes: ToyEyes
    let mouth: ToyMouth
    let kind: ToyKind
    /// Origin in the middle of the face; a face is about 0.6 wide to each side.
    let frame: Frame

    func draw(on canvas: inout Canvas) {
        if kind == .bear { drawMuzzle(&canvas) }
        if kind != .moon { drawCheeks(&canvas) }
        drawEyes(&canvas)
        drawMouth(&canvas)
    }

    /// The light snout with a nose that bears have.
    private func drawMuzzle(_ canvas: inout Canvas) {
        canvas.fill(Box(-0.4, 0.02, 0.4, 0.6), in: frame, Colour(0.98, 0.93, 0.84)) {
            Distance.ellipse($0, Point(0, 0.31), Point(0.38, 0.28))
        }
        canvas.fill(Box(-0.15, 0.02, 0.15, 0.2), in: frame, .ink) { Distance.ellipse($0, Point(0, 0.11), Point(0.13, 0.09)) }
    }

    private func drawCheeks(_ canvas: inout Canvas) {
        canvas.fill(Box(-0.7, 0.1, 0.7, 0.4), in: frame, Colour(1, 0.45, 0.5), opacity: 0.55) {
            Distance.circle(Point(abs($0.x), $0.y), Point(0.53, 0.24), 0.12)
        }
    }

    private func drawEyes(_ canvas: inout Canvas) {
        let eye = Point(0.29, -0.13)
        let box = Box(-0.56, -0.45, 0.56, 0.2)
        switch eyes {
        case .round:
            ball(&canvas, box, eye, 0.26, pupil: 0.13)
        case .beads:
            canvas.fill(box, in: frame, .ink) { Distance.ellipse(Point(abs($0.x), $0.y), eye, Point(0.135, 0.19)) }
            canvas.fill(box, in: frame, .white) { Distance.circle(Point(abs($0.x - 0.03), $0.y), eye - Point(0, 0.07), 0.06) }
        case .happy:
            canvas.fill(box, in: frame, .white, opacity: 0.9) {
                Distance.ellipse(Point(abs($0.x), $0.y), eye, Point(0.25, 0.2))
            }
            canvas.fill(box, in: frame, .ink) {
                Distance.arc(Point(abs($0.x) - eye.x, -$0.y), Point(0, 0.04), 0.15, halfAngle: 0.1, 0.995, 0.06)
            }
        case .one:
            canvas.fill(Box(-0.42, -0.55, 0.42, 0.3), in: frame, .ink) { Distance.circle($0, Point(0, -0.12), 0.4) }
            canvas.fill(Box(-0.4, -0.5, 0.4, 0.3), in: frame, .white) { Distance.circle($0, Point(0, -0.12), 0.34) }
            canvas.fill(Box(-0.3, -0.3, 0.3, 0.2), in: frame, .ink) { Distance.circle($0, Point(0, -0.08), 0.18) }
            canvas.fill(Box(-0.3, -0.3, 0.3, 0.2), in: frame, .white) { Distance.circle($0, Point(-0.06, -0.15), 0.06) }
        case .sleepy:
            ball(&canvas, box, eye, 0.26, pupil: 0.12)
            let lid = Colour(0.36, 0.28, 0.5)
            canvas.fill(box, in: frame, lid) { max(Distance.circle(Point(abs($0.x), $0.y), eye, 0.27), $0.y - eye.y + 0.02) }
            canvas.fill(box, in: frame, .ink) {
                Distance.rectangle(Point(abs($0.x), $0.y), eye - Point(0, 0.01), Point(0.28, 0.035), rounding: 0.03)
            }
        }
    }

    /// Two white eyes with an outline and dark pupils.
    private func ball(_ canvas: inout Canvas, _ box: Box, _ eye: Point, _ radius: Float, pupil: Float) {
        canvas.outline(box, in: frame, .ink, width: 0.05, colours: { _ in .white }) {
            Distance.circle(Point(abs($0.x), $0.y), eye, radius)
        }
        canvas.fill(box, in: frame, .ink) { Distance.circle(Point(abs($0.x), $0.y), eye + Point(-0.03, 0.04), pupil) }
    }

    private func drawMouth(_ canvas: inout Canvas) {
        let y: Float = kind == .bear ? 0.36 : 0.33
        let box = Box(-0.34, y - 0.2, 0.34, y + 0.28)
        switch mouth {
        case .smile:
            canvas.fill(box, in: frame, .ink) { Distance.arc($0, Point(0, y - 0.12), 0.2, halfAngle: 0.3, 0.954, 0.05) }
        case .open:
            canvas.outline(box, in: frame, .ink, width: 0.06, colours: { _ in Colour(0.85, 0.2, 0.25) }) {
                Distance.ellipse($0, Point(0, y + 0.03), Point(0.17, 0.19))
            }
        case .teeth:
            canvas.outline(box, in: frame, .ink, width: 0.06, colours: { _ in .white }) {
                max(Distance.ellipse($0, Point(0, y - 0.08), Point(0.29, 0.28)), y - 0.08 - $0.y)
            }
        }
    }
}
