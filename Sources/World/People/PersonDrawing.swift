internal import Imaging

extension PersonIdentity {
    /// Draws the person; what belongs to the head is the subject, body and clothes are not.
    func draw(on canvas: inout Canvas, _ pose: Pose, _ bearing: PersonBearing) {
        let frame = pose.frame
        let body = Frame(centre: Point(pose.x, pose.y), scale: pose.radius)
        if bearing.showsFigure { drawFigure(&canvas, body, bearing) } else { drawShoulders(&canvas, body, bearing) }
        canvas.beginSubject()
        let head = PersonHead(person: self, bearing: bearing, frame: frame)
        head.draw(on: &canvas)
        canvas.endSubject()
    }

    /// The head before a light ground, in another expression, with the neck of whatever is worn.
    func drawnAlone(size: Int, from random: inout RandomStream) -> PixelImage {
        let bearing = PersonBearing(from: &random)
        let pose = Pose(portraitFrom: &random)
        let ground = Colour(hue: random.unit(), random.uniform(0, 0.22), random.uniform(0.85, 1))
        var canvas = Canvas(size: size, ground)
        var close = bearing
        close.showsFigure = false
        draw(on: &canvas, pose, close)
        return canvas.picture()
    }

    private func drawShoulders(_ canvas: inout Canvas, _ frame: Frame, _ bearing: PersonBearing) {
        drawNeck(&canvas, frame)
        let clothes = Colour(bearing.clothes)
        canvas.outline(Box(-1.7, 0.95, 1.7, 5), in: frame, .ink, width: 0.08, colours: { _ in clothes }) { p in
            let trunk = Distance.rectangle(p, Point(0, 3.2), Point(1.25, 2.05), rounding: 0.6)
            return max(trunk, 0.42 - Distance.length(p - Point(0, 0.98)))
        }
    }

    private func drawFigure(_ canvas: inout Canvas, _ frame: Frame, _ bearing: PersonBearing) {
        let (clothes, trousers, skin) = (Colour(bearing.clothes), Colour(bearing.trousers), skinColour)
        canvas.outline(Box(-0.7, 2, 0.7, 3.3), in: frame, .ink, width: 0.08, colours: { $0.y > 3.02 ? .ink : trousers }) { p in
            Distance.capsule(Point(abs(p.x), p.y), Point(0.28, 2.1), Point(0.34, 3.05), 0.24)
        }
        canvas.outline(Box(-1.3, 1.1, 1.3, 2.5), in: frame, .ink, width: 0.08, colours: { $0.y > 1.98 ? skin : clothes }) { p in
            Distance.capsule(Point(abs(p.x), p.y), Point(0.5, 1.35), Point(0.86, 2.05), 0.2)
        }
        drawNeck(&canvas, frame)
        canvas.outline(Box(-0.7, 1, 0.7, 2.3), in: frame, .ink, width: 0.08, colours: { _ in clothes }) {
            Distance.rectangle($0, Point(0, 1.66), Point(0.58, 0.58), rounding: 0.25)
        }
    }

    private func drawNeck(_ canvas: inout Canvas, _ frame: Frame) {
        let skin = skinColour.scaled(0.88)
        canvas.outline(Box(-0.35, 0.5, 0.35, 1.5), in: frame, .ink, width: 0.08, colours: { _ in skin }) {
            Distance.rectangle($0, Point(0, 1), Point(0.28, 0.45), rounding: 0.1)
        }
    }
}

/// Draws a head about one unit high to each side of its middle.
struct PersonHead {
    let person: PersonIdentity
    let bearing: PersonBearing
    let frame: Frame

    /// Half the width and half the height of the face.
    var half: Point { Point(0.62 + 0.16 * person.headWidth, 0.78 + 0.14 * person.headHeight) }

    func draw(on canvas: inout Canvas) {
        let hair = PersonHair(shape: person.hair, colour: Colour(person.hairColour), half: half, frame: frame)
        hair.drawBehind(on: &canvas)
        drawEars(&canvas)
        drawFace(&canvas)
        hair.drawBefore(on: &canvas)
        drawFeatures(&canvas)
    }

    private func drawEars(_ canvas: inout Canvas) {
        let (skin, x) = (person.skinColour.scaled(0.93), half.x)
        canvas.outline(Box(-x - 0.2, -0.2, x + 0.2, 0.3), in: frame, .ink, width: 0.07, colours: { _ in skin }) {
            Distance.circle(Point(abs($0.x), $0.y), Point(x, 0.05), 0.17)
        }
    }

    private func drawFace(_ canvas: inout Canvas) {
        let skin = person.skinColour
        let half = half
        let jaw = 0.62 + 0.38 * person.jaw
        canvas.outline(
            Box(centre: Point(0, 0), half.x, half.y), in: frame, .ink, width: 0.07,
            colours: { skin.scaled(1.04 - 0.08 * $0.y) }
        ) { p in
            // Below the eyes the face narrows towards the jaw.
            let narrow = p.y > 0 ? 1 - (1 - jaw) * (p.y / half.y) * 0.55 : 1
            return Distance.ellipse(Point(p.x / narrow, p.y), Point(0, 0), half) * 0.9
        }
    }

    private func drawFeatures(_ canvas: inout Canvas) {
        // Turning the head moves all features to one side, the nose most.
        let turned = frame.inner(Point(bearing.yaw * 0.16, 0))
        if person.hasFreckles { drawFreckles(&canvas, turned) }
        drawEyes(&canvas, turned)
        drawBrows(&canvas, turned)
        drawNose(&canvas, turned)
        drawMouth(&canvas, turned)
        drawGlasses(&canvas, turned)
    }

    private var eye: Point { Point(0.24 + 0.12 * person.eyeSpacing, -0.04) }
    private var eyeRadius: Float { 0.14 + 0.06 * person.eyeSize }

    private func drawEyes(_ canvas: inout Canvas, _ frame: Frame) {
        let (eye, radius) = (eye, eyeRadius * (bearing.expression == .surprised ? 1.2 : 1))
        let box = Box(-eye.x - radius, eye.y - radius, eye.x + radius, eye.y + radius)
        let iris = Colour(person.eyeColour)
        canvas.outline(box, in: frame, .ink, width: 0.035, colours: { _ in .white }) {
            Distance.circle(Point(abs($0.x), $0.y), eye, radius)
        }
        // The looks follow the turn, so both pupils move to the same side.
        let look = Point(bearing.yaw * 0.05, 0.01)
        canvas.outline(box, in: frame, iris, width: 0.045, colours: { _ in .ink }) { p in
            let q = p - look
            return Distance.circle(Point(abs(q.x), q.y), eye, radius * 0.62)
        }
    }

    private func drawBrows(_ canvas: inout Canvas, _ frame: Frame) {
        let colour = Colour(person.hairColour).scaled(0.7)
        let y = eye.y - eyeRadius - (bearing.expression == .surprised ? 0.2 : 0.11)
        let mood: Float = bearing.expression == .sad ? -0.09 : 0
        let slope = (person.browAngle - 0.5) * 0.2 - mood
        let (inner, outer) = (Point(eye.x - 0.15, y + slope / 2 + mood), Point(eye.x + 0.16, y - slope / 2 - mood))
        let weight = 0.035 + 0.04 * person.browWeight
        canvas.fill(Box(-0.7, y - 0.2, 0.7, y + 0.2), in: frame, colour) {
            Distance.capsule(Point(abs($0.x), $0.y), inner, outer, weight)
        }
    }

    private func drawNose(_ canvas: inout Canvas, _ frame: Frame) {
        let size = 0.08 + 0.09 * person.noseSize
        let shift = bearing.yaw * 0.06
        canvas.fill(Box(-0.4, 0, 0.4, 0.4), in: frame, person.skinColour.scaled(0.72)) {
            Distance.ellipse($0, Point(shift, 0.2), Point(size, size * 0.85))
        }
    }

    private func drawMouth(_ canvas: inout Canvas, _ frame: Frame) {
        let half = 0.17 + 0.15 * person.mouthWidth
        let y: Float = 0.48
        let lips = Colour(0.72, 0.18, 0.20)
        let box = Box(-0.4, y - 0.25, 0.4, y + 0.25)
        switch bearing.expression {
        case .calm:
            canvas.fill(box, in: frame, lips) { Distance.capsule($0, Point(-half, y), Point(half, y), 0.045) }
        case .smiling:
            canvas.outline(box, in: frame, lips, width: 0.05, colours: { _ in .white }) {
                max(Distance.ellipse($0, Point(0, y - 0.08), Point(half + 0.04, 0.25)), y - 0.08 - $0.y)
            }
        case .surprised:
            canvas.outline(box, in: frame, lips, width: 0.05, colours: { _ in .ink }) {
                Distance.ellipse($0, Point(0, y + 0.02), Point(0.07 + half * 0.4, 0.18))
            }
        case .sad:
            canvas.fill(box, in: frame, lips) {
                let bend = $0.x * $0.x / half * 0.45
                return Distance.capsule(Point($0.x, $0.y - bend), Point(-half, y - 0.05), Point(half, y - 0.05), 0.045) * 0.85
            }
        }
    }

    private func drawFreckles(_ canvas: inout Canvas, _ frame: Frame) {
        canvas.fill(Box(-0.6, 0.1, 0.6, 0.42), in: frame, person.skinColour.scaled(0.6)) { p in
            let q = Point(abs(p.x) - 0.36, p.y - 0.26)
            let row = Point(abs(q.x) - 0.09, q.y)
            return min(Distance.circle(row, Point(0, 0.06), 0.04), Distance.circle(q, Point(0, -0.05), 0.04))
        }
    }

    private func drawGlasses(_ canvas: inout Canvas, _ frame: Frame) {
        guard person.glasses != .none else { return }
        let (eye, radius) = (eye, eyeRadius + 0.1)
        let rounding = person.glasses == .round ? radius : 0.03
        let colour = person.glasses == .round ? Colour(0.55, 0.1, 0.12) : Colour(0.08, 0.08, 0.1)
        canvas.fill(Box(-0.9, -0.5, 0.9, 0.4), in: frame, colour) { p in
            let q = Point(abs(p.x), p.y)
            let rim = abs(Distance.rectangle(q, eye, Point(radius, radius), rounding: rounding)) - 0.04
            let bridge = max(abs(p.y - eye.y) - 0.04, abs(p.x) - max(eye.x - radius, 0))
            return min(rim, bridge)
        }
    }
}
