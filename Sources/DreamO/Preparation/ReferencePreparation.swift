public import Imaging
public import VisionModels

/// What a reference picture is to DreamO, by the official programs' names.
public enum ReferenceTask: String, Sendable, CaseIterable {
    /// A subject or garment: its background is removed.
    case ip
    /// A face: found, turned upright and cut out.
    case id
    /// A style: the picture as it is.
    case style
}

/// A reference picture as DreamO's transformer is shown it.
public struct PreparedReference: Sendable {
    /// RGB; sides are multiples of 16.
    public let image: PixelImage
    /// What the person who gave the picture should know, such as which of several faces was taken.
    public let note: String?
}

/// Prepares reference pictures as DreamO's program does, each by its task. Source: DreamO, `Generator.pre_condition`.
///
/// The networks are held only for the tasks at hand; a task whose network is absent is refused.
public struct ReferencePreparation {
    private let backgroundRemover: BackgroundRemover?
    private let faceExtractor: FaceExtractor?

    /// Long side in pixels to which photos are limited before faces are searched for.
    private static let faceSearchLimit = 1024

    public init(backgroundRemover: BackgroundRemover? = nil, faceExtractor: FaceExtractor? = nil) {
        self.backgroundRemover = backgroundRemover
        self.faceExtractor = faceExtractor
    }

    /// - Parameters:
    ///   - picture: as decoded; opacity is dropped.
    ///   - name: what errors and notes call the picture.
    ///   - size: side in pixels of the square that subjects and styles are scaled to in area; faces are always 512 x 512.
    /// - Throws: `PreparationError`, `VisionError`, `ImagingError`, `TorchError`.
    public func callAsFunction(_ picture: PixelImage, name: String, task: ReferenceTask, size: Int) throws -> PreparedReference {
        // A palette's colours are blended like any others from here on.
        let rgb = picture.rgb()
        let picture = PixelImage(width: rgb.width, height: rgb.height, layout: .rgb, pixels: rgb.pixels)
        switch task {
        case .style:
            return PreparedReference(image: try picture.areaResized(toArea: area(size)), note: nil)
        case .ip:
            guard let backgroundRemover else { throw PreparationError.missingNetwork(task: task, picture: name, network: "BEN2") }
            let subject = try backgroundRemover(picture, name: name).onWhite()
            return PreparedReference(image: try subject.areaResized(toArea: area(size)), note: nil)
        case .id:
            guard let faceExtractor else { throw PreparationError.missingNetwork(task: task, picture: name, network: "RetinaFace and BiSeNet") }
            let face = try faceExtractor(picture.areaResized(toLongSide: Self.faceSearchLimit), name: name)
            let note = face.faceCount > 1 ? "\(name) shows \(face.faceCount) faces; the one nearest to its centre is used." : nil
            return PreparedReference(image: face.image, note: note)
        }
    }

    private func area(_ size: Int) throws -> Int {
        guard 16...4096 ~= size else { throw PreparationError.invalidSize(size) }
        return size * size
    }
}

/// Why a reference picture cannot be prepared for DreamO.
public enum PreparationError: Error, Sendable, Equatable, CustomStringConvertible {
    case missingNetwork(task: ReferenceTask, picture: String, network: String)
    case invalidSize(Int)

    public var description: String {
        switch self {
        case .missingNetwork(let task, let picture, let network):
            """
            \(picture) cannot be prepared as '\(task.rawValue)': the model directory names no weights of \(network). \
            Name their files in model.json, or give a picture that is prepared already and use '--prepare none'.
            """
        case .invalidSize(let size):
            "References cannot be \(size) pixels large; expected 16 to 4096. Choose another '--ref-size'."
        }
    }
}
