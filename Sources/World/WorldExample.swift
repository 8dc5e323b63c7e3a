public import Imaging

/// One example: a caption, the picture it asks for, and the references to draw it from.
public struct WorldExample: Sendable {
    public let index: Int
    public let scene: WorldScene
    /// Several ways to say it; the first is the one to train with.
    public let captions: [String]
    /// RGB, `pictureSize` square.
    public let target: PixelImage
    /// RGB, `referenceSize` square, in the order the caption names them.
    public let references: [PixelImage]
    /// What each reference is for.
    public let roles: [ReferenceRole]
    /// Gray, the target's size: how much of each pixel shows the subject, 0...255: a toy, a head, a garment. In the order of
    /// `scene.subjects`, also where those have no references; a style has no mask.
    public let masks: [PixelImage]
    /// What can be asked about the target, with the answers.
    public let questions: [WorldQuestion]

    /// The mask of each reference's subject, in the order of the references; black for a style, which has none.
    public var referenceMasks: [PixelImage] {
        roles.indices.map { position in
            if roles[position] != .style { return masks[position] }
            return PixelImage(
                width: target.width, height: target.height, layout: .gray,
                pixels: [UInt8](repeating: 0, count: target.width * target.height))
        }
    }

    public var caption: String { captions[0] }
    public var task: WorldTask { scene.task }
    public var place: Place { scene.place }
    public var style: PictureStyle { scene.style }
    public var subjects: [SceneSubject] { scene.subjects }
}
