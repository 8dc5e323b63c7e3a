package import Flux
package import Generation

/// A request with every value filled in and fitted to the model.
package struct DreamOSettings {
    package let grid: TokenGrid
    package let stepCount: Int
    package let guidance: Double
    package let firstStepGuidance: Double
    /// What pulls away, and when; nil where nothing does.
    package let negative: Negative?
    /// The number of each reference, in order.
    package let slots: [Int]
    /// Side in pixels of the square whose area references are fitted to.
    package let referenceSize: Int
    package let posteriorSeed: UInt64?
    /// The request as it will be reported: sizes rounded, defaults filled in.
    package let request: GenerationRequest
    /// Remarks for the person.
    package let notes: [String]

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
        try request.validate()
        let defaults = description.defaults
        try Self.checkRoles(request.references)
        guard request.positions == .d else {
            throw .unsupported("DreamO places references diagonally and has no position '\(request.positions.rawValue)'", remedy: "Leave out --position.")
        }
        slots = try Self.slots(of: request.references)
        let side = (description.autoencoder ?? .flux).pixelsPerToken
        let width = request.width ?? defaults.width ?? 1024, height = request.height ?? defaults.height ?? 1024
        grid = TokenGrid(rows: height / side, columns: width / side)
        guard grid.count > 0 else {
            throw .invalid(name: "size", value: "\(width)x\(height)", expected: "at least \(side)x\(side) pixels")
        }
        stepCount = request.stepCount ?? defaults.steps ?? 12
        guidance = request.guidance ?? defaults.guidance ?? 4.5
        // The official app takes 0 for "as in the other steps".
        firstStepGuidance = request.firstStepGuidance.flatMap { $0 > 0 ? $0 : nil } ?? guidance
        let scale = request.trueCFG ?? defaults.trueCFG ?? 1
        negative = Self.negative(request, defaults, scale: scale, stepCount: stepCount)
        referenceSize = request.referenceSize ?? defaults.referenceSize ?? 512

        var filled = request
        filled.width = grid.columns * side
        filled.height = grid.rows * side
        filled.stepCount = stepCount
        filled.guidance = guidance
        filled.firstStepGuidance = firstStepGuidance == guidance ? nil : firstStepGuidance
        filled.trueCFG = scale
        filled.negativePrompt = request.negativePrompt ?? defaults.negative
        filled.referenceSize = referenceSize
        switch request.posterior {
        case .mean: posteriorSeed = nil
        case .seeded(let seed):
            posteriorSeed = seed ?? request.seed
            filled.posterior = .seeded(posteriorSeed)
        }
        self.request = filled
        notes = Self.notes(on: filled, asked: (width, height), hasNegative: negative != nil, slots)
    }

    /// DreamO takes subjects, faces and garments in any mixture, and a style alone.
    private static func checkRoles(_ references: [Reference]) throws(RequestError) {
        guard let style = references.first(where: { $0.role == .style }), references.count > 1 else { return }
        throw .unsupported(
            "DreamO takes a style alone, without other references (\(style.name))",
            remedy: "Leave out the others, or give --model a USO model, which puts subjects into styles.")
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
    private static func negative(
        _ request: GenerationRequest, _ defaults: ModelDescription.Defaults, scale: Double, stepCount: Int
    ) -> Negative? {
        guard scale > 1, let prompt = request.negativePrompt ?? defaults.negative else { return nil }
        let steps = (request.cfgWindow ?? 0..<stepCount).clamped(to: 0..<stepCount)
        return steps.isEmpty ? nil : Negative(prompt: prompt, scale: scale, guidance: request.negativeGuidance ?? 3.5, steps: steps)
    }

    private static func notes(
        on request: GenerationRequest, asked: (width: Int, height: Int), hasNegative: Bool, _ slots: [Int]
    ) -> [String] {
        var notes: [String] = []
        if let width = request.width, let height = request.height, (width, height) != (asked.width, asked.height) {
            notes.append("The size \(asked.width)x\(asked.height) is rounded down to \(width)x\(height), whole tokens.")
        }
        if !hasNegative, request.negativePrompt?.isEmpty == false || (request.trueCFG ?? 1) > 1 {
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
