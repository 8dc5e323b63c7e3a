package import Flux
package import Generation

/// What DreamO makes of a request: what all methods have, and its own.
package struct DreamOSettings {
    package let picture: PictureSettings
    package let firstStepGuidance: Double
    /// What pulls away, and when; nil where nothing does.
    package let negative: Negative?
    /// The number of each reference, in order.
    package let slots: [Int]

    /// A negative prompt that has an effect.
    package struct Negative {
        package let prompt: String
        package let scale: Double
        package let guidance: Double
        package let steps: Range<Int>
    }

    /// Numbers that references can have.
    package static let slots = 1...9

    /// - Throws: `RequestError` for values that DreamO or this model cannot serve.
    package init(_ request: GenerationRequest, _ description: ModelDescription) throws(RequestError) {
        try RoleSupport.check(request.references, for: "DreamO")
        try request.checkHasNoUniTokenValues(for: "DreamO")
        try Self.checkChoices(request)
        slots = try Self.slots(of: request.references)
        let defaults = description.defaults
        var picture = try PictureSettings(
            request, description, side: 1024, stepCount: 12, guidance: 4.5,
            // Here the side of a square of the same area.
            referenceSize: request.referenceSize ?? defaults.referenceSize ?? 512)
        // The official app takes 0 for "as in the other steps".
        firstStepGuidance = request.firstStepGuidance.flatMap { $0 > 0 ? $0 : nil } ?? picture.guidance
        picture.request.firstStepGuidance = firstStepGuidance == picture.guidance ? nil : firstStepGuidance
        // No negative prompt is something else than an empty one.
        picture.request.negativePrompt = request.negativePrompt ?? defaults.negative
        // The official program draws the noise on the processor wherever it computes.
        if request.noiseDevice == .auto { picture.request.noiseDevice = .cpu }
        negative = Self.negative(picture)
        picture.notes += Self.notes(on: picture, hasNegative: negative != nil, slots)
        self.picture = picture
    }

    /// DreamO takes subjects, faces and garments in any mixture, and a style alone.
    private static func checkChoices(_ request: GenerationRequest) throws(RequestError) {
        if let style = request.references.first(where: { $0.role == .style }), request.references.count > 1 {
            throw .unsupported(
                "DreamO takes a style alone, without other references (\(style.name))",
                remedy: "Leave out the others, or give --model a USO model, which puts subjects into styles.")
        }
        guard request.positions == .d else {
            throw .unsupported("DreamO places references diagonally and has no position '\(request.positions.rawValue)'", remedy: "Leave out --position.")
        }
        guard !request.keepsSize else {
            throw .unsupported("DreamO takes no size from a reference", remedy: "Leave out --keep-size, or give --width and --height.")
        }
    }

    private static func slots(of references: [Reference]) throws(RequestError) -> [Int] {
        var taken: [Int] = []
        for (index, reference) in references.enumerated() {
            let slot = reference.slot ?? index + 1
            guard slots.contains(slot), !taken.contains(slot) else {
                throw .invalid(
                    name: "ref", value: "\(reference.name) with the number \(slot)",
                    expected: "at most \(slots.count) references, each with a number of its own from \(slots.lowerBound) to \(slots.upperBound)")
            }
            taken.append(slot)
        }
        return taken
    }

    /// Source: DreamO, pipeline: only above a scale of 1, and only with a negative prompt, which may be empty.
    private static func negative(_ picture: PictureSettings) -> Negative? {
        let request = picture.request, all = 0..<picture.stepCount
        guard picture.trueCFG > 1, let prompt = request.negativePrompt else { return nil }
        let steps = (request.cfgWindow ?? all).clamped(to: all)
        return steps.isEmpty ? nil : Negative(prompt: prompt, scale: picture.trueCFG, guidance: request.negativeGuidance ?? 3.5, steps: steps)
    }

    private static func notes(on picture: PictureSettings, hasNegative: Bool, _ slots: [Int]) -> [String] {
        let request = picture.request
        var notes: [String] = []
        if !hasNegative, picture.trueCFG > 1 || picture.trueCFG < 1 && request.negativePrompt?.isEmpty == false {
            notes.append("True guidance has no effect: it needs --true-cfg above 1, --negative, which may be empty, and steps in --cfg-window.")
        }
        if request.references.first?.role == .style, !request.prompt.lowercased().hasPrefix("generate a same style image") {
            notes.append("DreamO follows a style where the prompt begins with 'generate a same style image.'")
        }
        let unknown = Self.slots.filter { request.prompt.contains("[ref#\($0)]") && !slots.contains($0) }
        if let slot = unknown.first { notes.append("The prompt speaks of [ref#\(slot)], and no reference has that number.") }
        return notes
    }
}
