public import Generation
public import World

/// What is asked of a model, and how it draws.
public struct EvaluationSettings: Sendable, Codable, Equatable {
    /// References of each example: 0, 1 or 2.
    public var references = 1
    public var count = 500
    /// Of the examples and of their noise.
    public var seed: UInt64 = 0
    /// Sides in pixels.
    public var pictureSize = 64
    public var referenceSize = 48
    /// As a person names the model.
    public var model = ""
    /// Nil: the model's own.
    public var stepCount: Int?
    public var guidance: Double?
    public var trueCFG: Double?
    public var positions = PositionVariant.d

    public init() {}

    /// - Throws: `EvaluationError.setting`.
    public func check() throws(EvaluationError) {
        guard (0...2).contains(references) else { throw .setting(name: "references", value: "\(references)", expected: "0, 1 or 2") }
        guard (1...1_000_000).contains(count) else { throw .setting(name: "count", value: "\(count)", expected: "1 to 1000000") }
    }

    /// The held-out examples that are asked for. With references, captions name kinds and the place alone.
    public func world() throws(WorldError) -> PictureWorld {
        let task: WorldTask = [.textToImage, .oneSubject, .twoSubjects][references]
        return try PictureWorld(WorldSettings(
            pictureSize: pictureSize, referenceSize: referenceSize, seed: seed, split: .heldOut, tasks: .only(task),
            plainWording: WordingChances(colour: 1, pattern: 1, accessory: 1), referenceWording: WordingChances()))
    }

    /// The request for an example's picture; its noise follows from seed and index.
    public func request(_ example: WorldExample) -> GenerationRequest {
        var request = GenerationRequest(prompt: example.caption)
        request.references = example.references.enumerated().map { Reference(name: "reference \($0.offset + 1)", image: $0.element) }
        request.width = pictureSize
        request.height = pictureSize
        request.referenceSize = referenceSize
        request.stepCount = stepCount
        request.guidance = guidance
        request.trueCFG = trueCFG
        request.positions = positions
        request.seed = seed &* 1_000_003 &+ UInt64(example.index)
        return request
    }

    /// What differs in the examples asked for; nil where they are the same.
    func questionDifference(_ other: EvaluationSettings) -> String? {
        for (name, own, its) in [
            ("references", "\(references)", "\(other.references)"), ("the seed", "\(seed)", "\(other.seed)"),
            ("the picture size", "\(pictureSize)", "\(other.pictureSize)"), ("the reference size", "\(referenceSize)", "\(other.referenceSize)"),
        ] where own != its {
            return "\(name): \(own) here, \(its) there"
        }
        return nil
    }

    /// What differs in the pictures made for the same examples; another count does not.
    func pictureDifference(_ other: EvaluationSettings) -> String? {
        if let difference = questionDifference(other) { return difference }
        func text<Value>(_ value: Value?) -> String { value.map { "\($0)" } ?? "the model's own" }
        for (name, own, its) in [
            ("the model", model, other.model), ("steps", text(stepCount), text(other.stepCount)),
            ("guidance", text(guidance), text(other.guidance)), ("true CFG", text(trueCFG), text(other.trueCFG)),
            ("positions", positions.rawValue, other.positions.rawValue),
        ] where own != its {
            return "\(name): \(own) here, \(its) there"
        }
        return nil
    }
}
