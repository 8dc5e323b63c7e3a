package import Imaging

/// Where a face's landmarks belong in an aligned picture, and the motion that brings them there.
package enum FaceAlignment {
    /// Side of an aligned picture in pixels.
    package static let side = 512

    /// Landmarks of an aligned face, in the order of `DetectedFace.landmarks`. Source: facexlib, `FaceRestoreHelper`.
    package static let template: [DetectedFace.Point] = [
        (192.98138, 239.94708), (318.90277, 240.1936), (256.63416, 314.01935), (201.26117, 371.41043), (313.08905, 371.15118),
    ].map { .init(x: $0.0, y: $0.1) }

    /// What an aligned picture shows beyond the original's edge: OpenCV's (135, 133, 132), in the order red, green, blue.
    private static let border: [UInt8] = [132, 133, 135]

    /// The pairs of points that OpenCV's estimator happens to draw for five points: its generator starts from a fixed seed.
    private static let drawnPairs = [
        (0, 4), (0, 3), (1, 2), (1, 0), (3, 0), (0, 4), (1, 4), (3, 1), (0, 3), (0, 1), (0, 4), (4, 1), (0, 3),
    ]

    /// A rotation, scaling and move of the plane.
    package struct Similarity: Sendable, Equatable {
        /// `x' = a x - b y + tx`, `y' = b x + a y + ty`.
        package var a, b, tx, ty: Double

        package var transform: AffineTransform2D { AffineTransform2D(a: a, b: -b, c: tx, d: b, e: a, f: ty) }
    }

    /// The similarity that brings most landmarks near to their places, and which of them it counts on.
    ///
    /// The least median of squares over the drawn pairs decides which points are outliers; the rest is fitted by least
    /// squares. Source: OpenCV 4, `estimateAffinePartial2D` with LMEDS.
    ///
    /// - Returns: nil where all points drawn coincide.
    package static func estimate(
        from points: [DetectedFace.Point], to targets: [DetectedFace.Point] = template
    ) -> (similarity: Similarity, inliers: [Bool])? {
        precondition(points.count == 5 && targets.count == 5, "A face has five landmarks, not \(points.count).")
        var best: (similarity: Similarity, median: Float)?
        for (first, second) in drawnPairs {
            let candidate = exact(points[first], points[second], targets[first], targets[second])
            let errors = squaredErrors(candidate, points, targets)
            guard errors.allSatisfy(\.isFinite) else { continue }
            let median = errors.sorted()[2]
            if median < best?.median ?? .infinity { best = (candidate, median) }
        }
        guard let best else { return nil }
        // The robust deviation for five points and models of two; source: OpenCV, `LMeDSPointSetRegistrator`.
        let deviation = max(2.5 * 1.4826 * (1 + 5 / 3.0) * Double(best.median).squareRoot(), 0.001)
        let limit = Float(deviation * deviation)
        let inliers = squaredErrors(best.similarity, points, targets).map { $0 <= limit }
        let fitted = leastSquares(inliers.indices.filter { inliers[$0] }.map { (points[$0], targets[$0]) })
        return fitted.map { ($0, inliers) }
    }

    /// The picture with the face upright in its middle, 512 pixels wide and high; nil where the landmarks coincide.
    package static func aligned(_ picture: PixelImage, _ landmarks: [DetectedFace.Point]) throws(ImagingError) -> PixelImage? {
        guard let (similarity, _) = estimate(from: landmarks) else { return nil }
        return try picture.rgb().warped(by: similarity.transform, to: PixelSize(width: side, height: side), border: border)
    }

    /// The similarity that maps two points exactly; not finite where they coincide.
    private static func exact(
        _ p: DetectedFace.Point, _ q: DetectedFace.Point, _ target: DetectedFace.Point, _ other: DetectedFace.Point
    ) -> Similarity {
        let (x, y) = (Double(p.x) - Double(q.x), Double(p.y) - Double(q.y))
        let (u, v) = (Double(target.x) - Double(other.x), Double(target.y) - Double(other.y))
        let factor = 1 / (x * x + y * y)
        let a = factor * (u * x + v * y), b = factor * (v * x - u * y)
        return Similarity(
            a: a, b: b, tx: Double(target.x) - a * Double(p.x) + b * Double(p.y), ty: Double(target.y) - b * Double(p.x) - a * Double(p.y))
    }

    /// In single precision, as in OpenCV: they decide between models.
    private static func squaredErrors(_ model: Similarity, _ points: [DetectedFace.Point], _ targets: [DetectedFace.Point]) -> [Float] {
        let (a, b, tx, ty) = (Float(model.a), Float(model.b), Float(model.tx), Float(model.ty))
        return zip(points, targets).map { point, target in
            let dx = a * point.x - b * point.y + tx - target.x, dy = b * point.x + a * point.y + ty - target.y
            return dx * dx + dy * dy
        }
    }

    private static func leastSquares(_ pairs: [(DetectedFace.Point, DetectedFace.Point)]) -> Similarity? {
        let count = Double(pairs.count)
        let x = pairs.reduce(0) { $0 + Double($1.0.x) } / count, y = pairs.reduce(0) { $0 + Double($1.0.y) } / count
        let u = pairs.reduce(0) { $0 + Double($1.1.x) } / count, v = pairs.reduce(0) { $0 + Double($1.1.y) } / count
        var (along, across, squares) = (0.0, 0.0, 0.0)
        for (point, target) in pairs {
            let (px, py, tx, ty) = (Double(point.x) - x, Double(point.y) - y, Double(target.x) - u, Double(target.y) - v)
            along += px * tx + py * ty
            across += px * ty - py * tx
            squares += px * px + py * py
        }
        let a = along / squares, b = across / squares
        guard a.isFinite, b.isFinite else { return nil }
        return Similarity(a: a, b: b, tx: u - a * x + b * y, ty: v - b * x - a * y)
    }
}
