public import Imaging

extension WorldScene {
    /// What each reference is for.
    public var roles: [ReferenceRole] {
        task == .textToImage ? [] : subjects.map { _ in .subject }
    }

    /// The picture of the scene and the visible part of each subject.
    ///
    /// - Parameter size: pixels of a side.
    /// - Returns: RGB, and one gray mask a subject, 0...255.
    public func drawn(size: Int) -> (picture: PixelImage, masks: [PixelImage]) {
        var canvas = Canvas(size: size)
        layout.draw(on: &canvas)
        for subject in subjects { subject.pose.drawShadow(on: &canvas) }
        // What stands lower is nearer and goes over what stands higher.
        let order = subjects.indices.sorted { subjects[$0].pose.y < subjects[$1].pose.y }
        for position in order {
            switch subjects[position].identity {
            case .toy(let toy): toy.draw(on: &canvas, subjects[position].pose)
            }
        }
        let masks = subjects.indices.map { position in
            canvas.mask(order.firstIndex(of: position) ?? position)
        }
        return (canvas.picture(), masks)
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
                    let value = (pixels[i] * 255 + 0.5).clamped(lowerBound: .zero, upperBound: SIMD4(repeating: 255))
                    bytes[3 * i] = UInt8(value.x)
                    bytes[3 * i + 1] = UInt8(value.y)
                    bytes[3 * i + 2] = UInt8(value.z)
                }
            }
            count = size * size * 3
        }
        return PixelImage(width: size, height: size, layout: .rgb, pixels: bytes)
    }

    /// The mask of the subject that was painted at `position`.
    func mask(_ position: Int) -> PixelImage {
        let bytes = masks[position].map { UInt8(min(max($0, 0), 1) * 255 + 0.5) }
        return PixelImage(width: size, height: size, layout: .gray, pixels: bytes)
    }
}
