public import Imaging

extension WorldScene {
    /// What each reference is for. Those of subjects come first, in the subjects' order.
    public var roles: [ReferenceRole] {
        switch task {
        case .textToImage: []
        case .styleOnly: [.style]
        case .style: subjects.map(\.identity.role) + [.style]
        case .oneSubject, .twoSubjects, .threeSubjects, .face, .garment: subjects.map(\.identity.role)
        }
    }

    /// The picture of the scene and the visible part of each subject.
    ///
    /// - Parameter size: pixels of a side.
    /// - Returns: RGB, and one gray mask a subject, 0...255.
    public func drawn(size: Int) -> (picture: PixelImage, masks: [PixelImage]) {
        var canvas = Canvas(size: size)
        layout.draw(on: &canvas)
        for subject in subjects { subject.drawShadow(on: &canvas) }
        // What stands lower is nearer and goes over what stands higher.
        let order = subjects.indices.sorted { subjects[$0].pose.y < subjects[$1].pose.y }
        for position in order { subjects[position].draw(on: &canvas, isLit: style != .flat) }
        canvas.restyle(style, seed: UInt64(layout.numbers.first?.bitPattern ?? 0))
        let masks = subjects.indices.map { position in
            canvas.mask(order.firstIndex(of: position) ?? position)
        }
        return (canvas.picture(), masks)
    }
}

extension SceneSubject {
    /// Draws the subject as one of the canvas.
    func draw(on canvas: inout Canvas, isLit: Bool) {
        switch identity {
        case .toy(let toy): toy.draw(on: &canvas, pose, isLit: isLit)
        case .person(let face): face.draw(on: &canvas, pose, person ?? .calm)
        case .garment(let garment): garment.draw(on: &canvas, pose, doll ?? .flat, isLit: isLit)
        }
    }

    func drawShadow(on canvas: inout Canvas) {
        switch identity {
        case .toy: pose.drawShadow(on: &canvas)
        case .person:
            guard person?.showsFigure == true else { return }
            Pose(shadowBelow: Point(pose.x, pose.y + pose.radius * 3.25), width: pose.radius).drawShadow(on: &canvas)
        case .garment:
            Pose(shadowBelow: Point(pose.x, pose.y + pose.radius * 0.97), width: pose.radius * 0.5).drawShadow(on: &canvas)
        }
    }

    /// The subject alone, in another pose, as its reference shows it.
    func reference(size: Int, from random: inout RandomStream) -> PixelImage {
        switch identity {
        case .toy(let toy): toy.drawnAlone(size: size, mirrored: pose.mirrored, from: &random)
        case .person(let person): person.drawnAlone(size: size, from: &random)
        case .garment(let garment): garment.drawnAlone(size: size, from: &random)
        }
    }
}

extension ToyIdentity {
    /// The toy in another pose before a light grey ground.
    func drawnAlone(size: Int, mirrored: Bool, from random: inout RandomStream) -> PixelImage {
        let pose = Pose(alone: lift, mirrored: mirrored, from: &random)
        var canvas = Canvas(size: size, Colour(gray: random.uniform(0.86, 1)))
        draw(on: &canvas, pose)
        return canvas.picture()
    }
}

extension Canvas {
    /// The picture as 8-bit values.
    func picture() -> PixelImage {
        let bytes = [UInt8](unsafeUninitializedCapacity: size * size * 3) { bytes, count in
            pixels.withUnsafeBufferPointer { pixels in
                for i in pixels.indices {
                    let value = pixels[i] * 255 + 0.5
                    bytes[3 * i] = byte(value.x)
                    bytes[3 * i + 1] = byte(value.y)
                    bytes[3 * i + 2] = byte(value.z)
                }
            }
            count = size * size * 3
        }
        return PixelImage(width: size, height: size, layout: .rgb, pixels: bytes)
    }

    /// Nothing that is painted is not a number; if it were, it would be black and no crash.
    @inline(__always)
    private func byte(_ value: Float) -> UInt8 { value > 0 ? UInt8(min(value, 255)) : 0 }

    /// The mask of the subject that was painted at `position`.
    func mask(_ position: Int) -> PixelImage {
        let bytes = masks[position].map { UInt8(min(max($0, 0), 1) * 255 + 0.5) }
        return PixelImage(width: size, height: size, layout: .gray, pixels: bytes)
    }
}
