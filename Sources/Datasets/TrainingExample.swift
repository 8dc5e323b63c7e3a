public import Imaging
public import World

/// One example to train on, as values; its pictures may have any sizes.
public struct TrainingExample: Sendable {
    /// Names the source, for messages: "train.json[12]: 3_target.png", "world 81234".
    public var name: String
    /// What the target shows.
    public var prompt: String
    /// The picture to learn, RGB.
    public var target: PixelImage
    /// The pictures given with the prompt, RGB.
    public var references: [PixelImage]
    /// Gray, of the target's size: how far each pixel of the target belongs to the subject of `references[i]`. Empty when unknown.
    public var subjectMasks: [PixelImage]
    /// What the target shows, for examples of the picture world; nil when unknown.
    public var scene: WorldScene?

    public init(
        name: String, prompt: String, target: PixelImage, references: [PixelImage] = [], subjectMasks: [PixelImage] = [],
        scene: WorldScene? = nil
    ) {
        self.name = name
        self.prompt = prompt
        self.target = target
        self.references = references
        self.subjectMasks = subjectMasks
        self.scene = scene
    }
}

/// Examples with positions.
///
/// Thread safe: `example(at:)` runs on several worker threads at once and returns the same example for the same index.
public protocol ExampleSource: Sendable {
    /// How many examples there are; nil for an endless source.
    var count: Int? { get }

    /// How many references the example at `index` has, without decoding anything.
    func referenceCount(at index: Int) -> Int

    /// The example at `index`, decoded.
    ///
    /// Throws where a picture or a text cannot be had; the loader then takes another example instead.
    func example(at index: Int) throws -> TrainingExample
}
