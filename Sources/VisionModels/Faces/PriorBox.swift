package import Imaging
import Foundation
package import Torch

/// A box that the detector starts from, in shares of the picture's sides.
package struct PriorBox: Sendable, Equatable {
    package let x, y, width, height: Float

    /// Boxes around each place of a map.
    static let countPerCell = 2
    /// Pixels between the places of each map, and the sides of its boxes.
    private static let levels: [(step: Int, sides: [Int])] = [(8, [16, 32]), (16, [64, 128]), (32, [256, 512])]

    /// All boxes of a picture, in the order of the network's answers: by map, row, column, side.
    ///
    /// Source: facexlib, `PriorBox`.
    package static func all(for size: PixelSize) -> [PriorBox] {
        let (width, height) = (Double(size.width), Double(size.height))
        var boxes: [PriorBox] = []
        for (step, sides) in levels {
            for row in 0..<(size.height + step - 1) / step {
                for column in 0..<(size.width + step - 1) / step {
                    for side in sides {
                        boxes.append(PriorBox(
                            x: Float((Double(column) + 0.5) * Double(step) / width), y: Float((Double(row) + 0.5) * Double(step) / height),
                            width: Float(Double(side) / width), height: Float(Double(side) / height)))
                    }
                }
            }
        }
        return boxes
    }

    /// The corners of the box that `location`, four values, makes of this one: left, top, right, bottom.
    func box(_ location: ArraySlice<Float>) -> [Float] {
        let l = Array(location)
        let width = self.width * expf(l[2] * 0.2), height = self.height * expf(l[3] * 0.2)
        let left = x + l[0] * 0.1 * self.width - width / 2, top = y + l[1] * 0.1 * self.height - height / 2
        return [left, top, width + left, height + top]
    }

    /// The five points that `landmarks`, ten values, make of this box: x and y in turn.
    func points(_ landmarks: ArraySlice<Float>) -> [Float] {
        landmarks.enumerated().map { index, value in index % 2 == 0 ? x + value * 0.1 * width : y + value * 0.1 * height }
    }
}

/// A face found in a picture, in its pixels; it may reach beyond the picture.
public struct DetectedFace: Sendable, Equatable {
    /// A place in a picture, from its top left corner.
    public struct Point: Sendable, Equatable {
        public var x, y: Float

        public init(x: Float, y: Float) {
            self.x = x
            self.y = y
        }
    }

    public var left, top, right, bottom: Float
    /// How sure the detector is, up to 1.
    public var score: Float
    /// Left eye, right eye, nose, left and right corner of the mouth, as the picture shows them.
    public var landmarks: [Point]

    public init(left: Float, top: Float, right: Float, bottom: Float, score: Float, landmarks: [Point]) {
        (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
        self.score = score
        self.landmarks = landmarks
    }

    /// The share of this box and another in what both cover.
    func overlap(with other: DetectedFace) -> Float {
        let width = max(0, min(right, other.right) - max(left, other.left))
        let height = max(0, min(bottom, other.bottom) - max(top, other.top))
        let common = width * height
        return common / ((right - left) * (bottom - top) + (other.right - other.left) * (other.bottom - other.top) - common)
    }
}

extension RetinaFace.Output {
    /// Corners and landmarks of all boxes in shares of the picture's sides.
    package func decoded(size: PixelSize) throws(TorchError) -> (boxes: [[Float]], landmarks: [[Float]]) {
        let priors = PriorBox.all(for: size)
        let location = try locations.values(as: Float.self), landmark = try landmarks.values(as: Float.self)
        guard location.count == 4 * priors.count, landmark.count == 10 * priors.count else {
            throw .operation(
                name: "decoding of faces", inputs: "\(locations), \(landmarks)",
                message: "a picture of \(size) has \(priors.count) prior boxes")
        }
        return (
            priors.enumerated().map { $1.box(location[4 * $0..<4 * $0 + 4]) },
            priors.enumerated().map { $1.points(landmark[10 * $0..<10 * $0 + 10]) }
        )
    }

    /// The faces whose score exceeds the threshold, the surest first, without those that overlap a surer one by more than
    /// two fifths. Source: facexlib, `RetinaFace.detect_faces`.
    package func faces(size: PixelSize, threshold: Float) throws(TorchError) -> [DetectedFace] {
        let (boxes, points) = try decoded(size: size)
        let score = try scores.values(as: Float.self)
        let (width, height) = (Float(size.width), Float(size.height))
        let candidates = boxes.indices.filter { score[2 * $0 + 1] > threshold }.map { index in
            DetectedFace(
                left: boxes[index][0] * width, top: boxes[index][1] * height, right: boxes[index][2] * width,
                bottom: boxes[index][3] * height, score: score[2 * index + 1],
                landmarks: stride(from: 0, to: 10, by: 2).map { .init(x: points[index][$0] * width, y: points[index][$0 + 1] * height) })
        }
        var kept: [DetectedFace] = []
        // Ties in the order of the boxes: the sort is stable.
        for face in candidates.sorted(by: { $0.score > $1.score }) where !kept.contains(where: { Double($0.overlap(with: face)) > 0.4 }) {
            kept.append(face)
        }
        return kept
    }
}
