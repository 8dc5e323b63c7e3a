public import Imaging

/// A picture that shows subjects at known places, without pictures of the subjects by themselves.
public struct SubjectScene: Sendable {
    /// What messages call it.
    public let name: String
    /// RGB.
    public let picture: PixelImage
    /// Where the picture lies, absolute; nil where it has no file yet.
    public let file: String?
    /// What it shows, as one would ask for it.
    public let prompt: String
    /// In the order in which the prompt names them.
    public let subjects: [Subject]
    /// Other scenes that its subjects can be asked for in, "in the snow".
    public let otherScenes: [String]

    public struct Subject: Sendable {
        /// With its article, "a star toy".
        public let name: String
        public let box: SubjectBox
        /// A reference that it already has, as an absolute path; nothing is drawn for it then.
        public let reference: String?

        public init(name: String, box: SubjectBox, reference: String? = nil) {
            (self.name, self.box, self.reference) = (name, box, reference)
        }
    }

    public init(name: String, picture: PixelImage, file: String?, prompt: String, subjects: [Subject], otherScenes: [String]) {
        (self.name, self.picture, self.file) = (name, picture, file)
        (self.prompt, self.subjects, self.otherScenes) = (prompt, subjects, otherScenes)
    }
}

/// Scenes by number, the same one whenever asked.
public protocol SceneSource: Sendable {
    /// What the scenes are made or read from; a folder of pairs belongs to one origin.
    var origin: String { get }
    /// Scenes there are; nil without end.
    var count: Int? { get }

    /// - Throws: for a picture that cannot be read or a box outside it; the scene is then left out.
    func scene(at index: Int) throws -> SubjectScene
}
