package import Generation

/// A request for a picture with every value filled in and fitted to the model.
package struct DrawingSettings {
    package let choice: TokenChoice
    package let grids: PictureGrids
    /// The request as it will be reported.
    package let request: GenerationRequest
    /// Remarks for the person.
    package let notes: [String]

    /// What stands before the prompt in the question. Source: UniToken, demos/inference.
    static let instruction = "Generate an image according to the following prompt:\n"
    /// A text token that the official program puts before the picture; its meaning is not in the code. Source: UniToken, `generate_img`.
    static let cue = 16853

    /// - Throws: `RequestError` for values that this model cannot serve.
    package init(_ request: GenerationRequest, _ defaults: UniTokenDescription.Defaults) throws(RequestError) {
        try request.validate()
        try Self.refuseForeignValues(request)
        guard !request.prompt.allSatisfy(\.isWhitespace) else {
            throw .invalid(name: "prompt", value: "empty", expected: "some words that say what the picture shows")
        }
        var options = request.drawing, notes: [String] = []
        if request.width != nil || request.height != nil {
            guard options.grids == nil else {
                throw .invalid(name: "grids", value: "given beside a width or height", expected: "one of the two; a grid is \(SpecialTokens.gridSide) pixels")
            }
            let side = SpecialTokens.gridSide, usual = defaults.grids
            let width = request.width ?? usual.width * side, height = request.height ?? usual.height * side
            guard width >= side, height >= side else {
                throw .invalid(name: "size", value: "\(width)x\(height)", expected: "at least \(side)x\(side) pixels")
            }
            options.grids = PictureGrids(height: height / side, width: width / side)
            if !width.isMultiple(of: side) || !height.isMultiple(of: side) {
                notes.append("The size \(width)x\(height) is rounded down to \(width / side * side)x\(height / side * side), multiples of \(side).")
            }
        }
        options = options.completed(by: defaults.options)
        try options.validate()
        grids = options.grids ?? defaults.grids
        choice = TokenChoice(options, defaults, temperature: options.isGreedy ? 0 : options.temperature ?? defaults.temperature)
        var filled = request
        filled.width = grids.width * SpecialTokens.gridSide
        filled.height = grids.height * SpecialTokens.gridSide
        filled.drawing = options
        // The size in pixels says the same, and both together are refused.
        filled.drawing.grids = nil
        self.request = filled
        self.notes = notes
    }

    /// The question that asks for the picture.
    package var question: String {
        // A prompt may hold the official words already.
        request.prompt.hasPrefix(Self.instruction) ? request.prompt : Self.instruction + request.prompt
    }

    private static func refuseForeignValues(_ request: GenerationRequest) throws(RequestError) {
        guard request.references.isEmpty else {
            throw .unsupported(
                "UniToken draws from words alone, and \(request.references.count) references are given",
                remedy: "Leave out --ref, or ask about pictures with 'atelier ask'.")
        }
        let given = [
            ("--steps", request.stepCount != nil), ("--guidance", request.guidance != nil), ("--true-cfg", request.trueCFG != nil),
            ("--negative", request.negativePrompt?.isEmpty == false), ("--ref-size", request.referenceSize != nil), ("--keep-size", request.keepsSize),
            ("--position", request.positions != .d), ("--posterior-seed", request.posterior != .seeded(nil)),
            ("--noise-device", request.noiseDevice == .cuda), ("--noise-dtype", request.noiseType != .bfloat16),
        ]
        if let name = given.first(where: \.1)?.0 {
            throw .unsupported("UniToken has no use for \(name)", remedy: "It draws token by token: see --cfg, --temperature and --image-top-k.")
        }
        try request.checkHasNoDreamOValues(for: "UniToken")
    }
}

extension TokenChoice {
    init(_ options: DrawingOptions, _ defaults: UniTokenDescription.Defaults, temperature: Double) {
        self.init(
            cfg: options.cfg ?? defaults.cfg, imageTopK: options.imageTopK ?? defaults.imageTopK, textTopK: options.textTopK ?? defaults.textTopK,
            temperature: temperature)
    }
}
