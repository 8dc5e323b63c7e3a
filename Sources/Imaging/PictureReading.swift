/// How a picture file is read, and how much of it at most.
///
/// The defaults are what Pillow does: no rotation, no colour management, the first frame of an animation.
public struct PictureReading: Sendable {
    /// Turn the picture as its EXIF orientation asks; the official programs do not.
    public var appliesOrientation: Bool
    /// Largest file, in bytes.
    public var byteLimit: Int
    /// Largest picture, in pixels; checked before anything is decoded.
    public var pixelLimit: Int

    /// Pillow refuses pictures of more pixels than this (twice the number at which it warns).
    public static let defaultPixelLimit = 178_956_970

    /// Pillow's behaviour within generous limits, apart from what is given.
    public init(appliesOrientation: Bool = false, byteLimit: Int = 512 << 20, pixelLimit: Int = defaultPixelLimit) {
        self.appliesOrientation = appliesOrientation
        self.byteLimit = byteLimit
        self.pixelLimit = pixelLimit
    }
}

/// What a picture file says about itself before it is decoded.
public struct PictureInformation: Sendable, Equatable {
    /// By the content of the file, not its name.
    public let format: PictureFormat
    /// As stored, before any rotation.
    public let size: PixelSize
    /// EXIF orientation, 1...8; 1 is upright and the value of files that say nothing.
    public let orientation: Int

    /// False for pictures that viewers show turned or mirrored, unlike `PictureFile.read` unless asked to.
    public var isUpright: Bool { orientation == 1 }
}
