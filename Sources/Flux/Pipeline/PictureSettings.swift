package import Generation
package import Imaging

/// A request with every value filled in and fitted to the model, as far as all methods on this base agree.
package struct PictureSettings {
    /// Tokens of the picture.
    package let grid: TokenGrid
    package let stepCount: Int
    package let guidance: Double
    package let trueCFG: Double
    package let negativePrompt: String
    /// Long side of references in pixels.
    package let referenceSize: Int
    /// Seed of the draws that encode references; nil for their means.
    package let posteriorSeed: UInt64?
    /// The request as it will be reported: sizes rounded, defaults filled in.
    package var request: GenerationRequest
    /// Remarks for the person.
    package var notes: [String]

    /// - Parameters:
    ///   - side: width and height where neither request nor model says, in pixels; likewise the step count and the guidance.
    ///   - keptSize: the size taken over from a reference, where the request keeps one.
    ///   - referenceSize: what the method makes of the request's.
    ///   - notes: the method's own remarks.
    /// - Throws: `RequestError.invalid` for values that this model cannot serve.
    package init(
        _ request: GenerationRequest, _ description: ModelDescription, side: Int, stepCount: Int = 25, guidance: Double = 4,
        keptSize: PixelSize? = nil, referenceSize: Int, notes: [String] = []
    ) throws(RequestError) {
        try request.validate()
        let defaults = description.defaults
        let size = keptSize ?? PixelSize(width: request.width ?? defaults.width ?? side, height: request.height ?? defaults.height ?? side)
        if keptSize != nil { try Self.checkKept(size) }
        let fitted = try Self.fitted(size, description)
        grid = fitted.grid
        self.stepCount = request.stepCount ?? defaults.steps ?? stepCount
        self.guidance = request.guidance ?? defaults.guidance ?? guidance
        trueCFG = request.trueCFG ?? defaults.trueCFG ?? 1
        negativePrompt = request.negativePrompt ?? defaults.negative ?? ""
        self.referenceSize = referenceSize
        switch request.posterior {
        case .mean: posteriorSeed = nil
        case .seeded(let seed): posteriorSeed = seed ?? request.seed
        }
        let isIdle = request.negativePrompt?.isEmpty == false && trueCFG == 1
        self.notes = fitted.notes + notes + (isIdle ? ["The negative prompt has no effect while --true-cfg is 1."] : [])

        var filled = request
        filled.width = fitted.size.width
        filled.height = fitted.size.height
        // The size is known from here on, and stays when the picture is repeated with another reference.
        filled.keepsSize = false
        filled.stepCount = self.stepCount
        filled.guidance = self.guidance
        filled.trueCFG = trueCFG
        filled.negativePrompt = negativePrompt
        filled.referenceSize = referenceSize
        if let posteriorSeed { filled.posterior = .seeded(posteriorSeed) }
        self.request = filled
    }

    /// A size rounded down to whole tokens.
    private static func fitted(
        _ size: PixelSize, _ description: ModelDescription
    ) throws(RequestError) -> (grid: TokenGrid, size: PixelSize, notes: [String]) {
        let tokenSide = (description.autoencoder ?? .flux).pixelsPerToken
        let fitted = size.roundedDown(toMultipleOf: tokenSide)
        guard fitted.area > 0 else {
            throw .invalid(name: "size", value: "\(size.width)x\(size.height)", expected: "at least \(tokenSide)x\(tokenSide) pixels")
        }
        let note = "The size \(size.width)x\(size.height) is rounded down to \(fitted.width)x\(fitted.height), multiples of \(tokenSide)."
        let grid = TokenGrid(rows: fitted.height / tokenSide, columns: fitted.width / tokenSide)
        return (grid, fitted, fitted == size ? [] : [note])
    }

    /// A size that nobody typed is checked like one that somebody did.
    private static func checkKept(_ size: PixelSize) throws(RequestError) {
        let range = RequestLimits.side
        guard range.contains(size.width), range.contains(size.height) else {
            throw .invalid(
                name: "keep-size", value: "on, which makes a picture of \(size) pixels",
                expected: "\(range.lowerBound) to \(range.upperBound) pixels a side; give --width and --height instead")
        }
    }
}

extension RequestError {
    /// A size is to be kept, and no reference has one.
    package static let nothingToKeep = RequestError.invalid(
        name: "keep-size", value: "on without a picture whose content is kept", expected: "such a reference (--ref), or --width and --height")
}
