package import Flux
package import Generation

/// A request with every value filled in and fitted to the model.
package struct UNOSettings {
    package let grid: TokenGrid
    package let stepCount: Int
    package let guidance: Double
    package let trueCFG: Double
    package let negativePrompt: String
    package let referenceSize: Int
    package let posteriorSeed: UInt64?
    /// The request as it will be reported: sizes rounded, defaults filled in.
    package let request: GenerationRequest
    /// Remarks for the person.
    package let notes: [String]

    /// - Throws: `RequestError` for values that UNO or this model cannot serve.
    package init(_ request: GenerationRequest, _ description: ModelDescription) throws(RequestError) {
        try request.validate()
        try request.checkHasNoDreamOValues(for: "UNO")
        let defaults = description.defaults
        let tokenSide = (description.autoencoder ?? .flux).pixelsPerToken
        var filled = request
        var notes: [String] = []
        if let other = request.references.first(where: { $0.role != .subject }) {
            throw .unsupported("UNO keeps subjects and has no role '\(other.role.rawValue)'", remedy: "Give '\(other.name)' without a role.")
        }
        guard !request.prompt.allSatisfy(\.isWhitespace) else {
            throw .invalid(name: "prompt", value: "empty", expected: "some words that say what the picture shows")
        }
        let width = request.width ?? defaults.width ?? 512, height = request.height ?? defaults.height ?? 512
        grid = TokenGrid(rows: height / tokenSide, columns: width / tokenSide)
        filled.width = grid.columns * tokenSide
        filled.height = grid.rows * tokenSide
        guard grid.count > 0 else {
            throw .invalid(name: "size", value: "\(width)x\(height)", expected: "at least \(tokenSide)x\(tokenSide) pixels")
        }
        if filled.width != width || filled.height != height {
            notes.append("The size \(width)x\(height) is rounded down to \(grid.columns * tokenSide)x\(grid.rows * tokenSide), multiples of \(tokenSide).")
        }
        if request.references.count > 4 {
            notes.append("UNO was trained with up to 4 references; \(request.references.count) may be kept less well.")
        }
        stepCount = request.stepCount ?? defaults.steps ?? 25
        guidance = request.guidance ?? defaults.guidance ?? 4
        trueCFG = request.trueCFG ?? defaults.trueCFG ?? 1
        negativePrompt = request.negativePrompt ?? defaults.negative ?? ""
        if request.negativePrompt?.isEmpty == false, trueCFG == 1 {
            notes.append("The negative prompt has no effect while --true-cfg is 1.")
        }
        // The official program takes 512 for one reference and 320 for several.
        referenceSize = request.referenceSize ?? defaults.referenceSize ?? (request.references.count == 1 ? 512 : 320)
        switch request.posterior {
        case .mean: posteriorSeed = nil
        case .seeded(let seed):
            posteriorSeed = seed ?? request.seed
            filled.posterior = .seeded(posteriorSeed)
        }
        filled.stepCount = stepCount
        filled.guidance = guidance
        filled.trueCFG = trueCFG
        filled.negativePrompt = negativePrompt
        filled.referenceSize = referenceSize
        self.request = filled
        self.notes = notes
    }
}
