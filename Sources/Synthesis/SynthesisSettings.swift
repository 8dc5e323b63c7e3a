import Datasets
import Generation

/// How pairs are made. All of it decides what is drawn; which pairs are kept is decided afterwards.
public struct SynthesisSettings: Sendable, Codable, Equatable {
    /// What a drawing of a subject is for.
    public enum Product: String, Sendable, Codable, CaseIterable {
        /// It becomes the reference; the picture that it was cut from stays the target.
        case references
        /// It becomes the target; what was cut out stays its reference. Every subject gives a pair.
        case targets
    }

    public var product = Product.references
    /// Whether the cut-out subjects themselves are the references, and nothing is drawn: what drawing is to be compared with.
    public var usesCrops = false
    /// Drawings of each subject, of which the most alike is taken.
    public var tryCount = 4
    public var seed: UInt64 = 0
    /// Room around a subject that is cut out, as a share of its box's longer side.
    public var margin = 0.1
    /// What is asked for: `{subject}` stands for its name, `{scene}` for another scene than its own.
    public var template = "{subject} {scene}"
    /// Scenes to ask for, "in the snow"; empty takes those that the source has for each picture.
    public var scenes: [String] = []
    /// As a person names the model, and the encoder.
    public var model = "", encoder = ""
    /// Nil: the model's own.
    public var width, height, stepCount, referenceSize: Int?
    public var guidance, trueCFG: Double?

    public init() {}

    /// - Throws: `SynthesisError.setting`.
    func check() throws(SynthesisError) {
        guard (1...64).contains(tryCount) else { throw .setting(name: "tries", value: "\(tryCount)", expected: "1 to 64") }
        guard (0...2).contains(margin) else { throw .setting(name: "margin", value: "\(margin)", expected: "0 to 2") }
        guard template.contains("{subject}") else {
            throw .setting(name: "template", value: "'\(template)'", expected: "a text with {subject}, and perhaps {scene}")
        }
        guard !usesCrops || product == .references else {
            throw .setting(name: "make", value: "targets", expected: "references, where crops are used")
        }
    }

    /// The request for one drawing of a subject; scene and noise follow from the seed and from what is drawn.
    func request(_ crop: Reference, _ scene: SubjectScene, at index: Int, subject: Int, attempt: Int) -> GenerationRequest {
        var others = scenes.isEmpty ? scene.otherScenes : scenes
        var order = SeededOrder(seed, UInt64(index), UInt64(subject))
        order.shuffle(&others)
        let name = scene.subjects[subject].name, other = others.isEmpty ? "" : others[attempt % others.count]
        var request = GenerationRequest(prompt: template.replacing("{subject}", with: name).replacing("{scene}", with: other))
        request.references = [crop]
        request.width = width
        request.height = height
        request.stepCount = stepCount
        request.guidance = guidance
        request.trueCFG = trueCFG
        request.referenceSize = referenceSize
        var noise = SeededOrder(seed, UInt64(index), UInt64(subject), UInt64(attempt))
        // Short enough to be typed.
        request.seed = noise.next() >> 32
        return request
    }
}
