public import Imaging
public import Torch

/// Cuts a face out of a photo: found, turned upright, and everything that does not tell who it is made white.
///
/// Source: DreamO, `Generator.get_align_face`, which PuLID has too.
public struct FaceExtractor {
    private let detect: (PixelImage) throws -> [DetectedFace]
    private let parser: BiSeNet
    private let device: Device

    /// Background, neck, cloth, ears, earrings, necklace, hair and hat as the parser numbers them: these become white.
    private static let whitened: Set<Int64> = [0, 16, 18, 7, 8, 9, 14, 15]

    /// - Parameter device: where both networks' weights are.
    public init(detector: RetinaFace, parser: BiSeNet, device: Device = .cpu) {
        self.init(parser: parser, device: device) { try detector.faces(in: $0, device: device) }
    }

    /// - Parameter detect: finds the faces of a picture.
    package init(parser: BiSeNet, device: Device = .cpu, detect: @escaping (PixelImage) throws -> [DetectedFace]) {
        self.detect = detect
        self.parser = parser
        self.device = device
    }

    /// A face cut out of a photo.
    public struct Result: Sendable {
        /// 512 x 512, RGB, on white.
        public let image: PixelImage
        /// How many faces the photo shows; the one nearest to its centre was taken.
        public let faceCount: Int
    }

    /// - Parameter name: what errors call the picture.
    /// - Throws: `VisionError.noFace`, `.degenerateFace`, `ImagingError`, `TorchError`.
    public func callAsFunction(_ picture: PixelImage, name: String = "the picture") throws -> Result {
        let faces = try detect(picture)
        guard let face = Self.mostCentral(faces, in: picture.size) else { throw VisionError.noFace(picture: name) }
        guard let aligned = try FaceAlignment.aligned(picture, face.landmarks) else { throw VisionError.degenerateFace(picture: name) }
        return Result(image: try whitened(aligned), faceCount: faces.count)
    }

    /// The face whose box has its centre nearest to the picture's, the first of equals.
    package static func mostCentral(_ faces: [DetectedFace], in size: PixelSize) -> DetectedFace? {
        func distance(_ face: DetectedFace) -> Double {
            let x = Double((face.left + face.right) / 2) - Double(size.width) / 2
            let y = Double((face.top + face.bottom) / 2) - Double(size.height) / 2
            return (x * x + y * y).squareRoot()
        }
        return faces.min { distance($0) < distance($1) }
    }

    /// What each pixel of an aligned face shows, `[height · width]`.
    package func labels(_ aligned: PixelImage) throws(TorchError) -> [Int64] {
        let input = try Tensor.colours(of: aligned).normalizedForImageNet().channelsLast().to(device)
        return try parser(input).argmax(dim: 1).values(as: Int64.self)
    }

    private func whitened(_ aligned: PixelImage) throws(TorchError) -> PixelImage {
        var image = aligned, pixels = aligned.pixels
        for (pixel, label) in try labels(aligned).enumerated() where Self.whitened.contains(label) {
            for channel in 0..<3 { pixels[3 * pixel + channel] = 255 }
        }
        image.pixels = pixels
        return image
    }
}
