extension ToyIdentity {
    /// How far above the body's middle the middle of the whole toy lies, in body radii.
    var lift: Float {
        let anchors = ToyAnchors(kind)
        let top = max(anchors.top, -anchors.crown.y + accessory.height * anchors.crownScale)
        return max(0, (top - 1) / 2)
    }

    /// Draws the toy as a subject of its own. The ground gets its shadow before.
    func draw(on canvas: inout Canvas, _ pose: Pose, isLit: Bool = true) {
        let frame = pose.frame
        let anchors = ToyAnchors(kind)
        canvas.beginSubject()
        let paint = ToyPaint(
            pattern: pattern, main: Colour(main), second: Colour(second), frame: frame, size: canvas.size, isLit: isLit)
        ToyBody(kind: kind, paint: paint).draw(on: &canvas)
        ToyFace(eyes: eyes, mouth: mouth, kind: kind, frame: frame.inner(anchors.face, scale: anchors.faceScale)).draw(on: &canvas)
        let crown = frame.inner(anchors.crown, scale: anchors.crownScale, angle: anchors.crownAngle)
        accessory.draw(on: &canvas, in: crown, Colour(accessoryColour))
        canvas.endSubject()
    }
}

extension Pose {
    /// The soft dark spot where a thing touches the ground.
    func drawShadow(on canvas: inout Canvas, opacity: Float = 0.42) {
        let centre = Point(x, y + radius * 0.97)
        let frame = Frame(centre: centre, scale: radius)
        canvas.glaze(Box(-1.15, -0.34, 1.15, 0.34), in: frame, Colour(0.05, 0.04, 0.12)) { p in
            let q = p / Point(1.1, 0.3)
            return opacity * max(0, 1 - (q * q).sum()) * 1.6
        }
    }
}
