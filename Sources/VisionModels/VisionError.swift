/// What can be wrong with a picture that a vision network is given.
public enum VisionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The detector finds no face in the picture.
    case noFace(picture: String)
    /// The landmarks of the face found lie in one place, so it has no direction.
    case degenerateFace(picture: String)
    /// Every pixel looks alike to the network: no foreground can be told from a background.
    case noSubject(picture: String)
    /// The network's stages do not divide into a picture of this size.
    case unsuitableSize(network: String, width: Int, height: Int, expected: String)

    public var description: String {
        switch self {
        case .noFace(let picture):
            """
            No face was found in \(picture). Expected a photo with a face that is at least about 16 pixels wide and looks towards the camera. \
            Use another photo, crop it closer to the face, or use the picture as a subject.
            """
        case .degenerateFace(let picture):
            "The face found in \(picture) has its eyes, nose and mouth in one place and cannot be aligned. Use a sharper or larger photo."
        case .noSubject(let picture):
            """
            No subject can be told from the background in \(picture): all of it looks alike. \
            Expected a picture of something before a background. Use another picture, or none of the preparation.
            """
        case .unsuitableSize(let network, let width, let height, let expected):
            "\(network) cannot look at \(width) x \(height) pixels; expected \(expected). Scale the picture to such a size."
        }
    }
}
