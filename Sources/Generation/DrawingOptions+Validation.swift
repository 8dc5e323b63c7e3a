extension DrawingOptions {
    /// Checks every value that does not depend on the model.
    ///
    /// - Throws: `RequestError.invalid` for the first value out of range.
    public func validate() throws(RequestError) {
        try Self.check("cfg", cfg, in: RequestLimits.trueCFG)
        try Self.check("temperature", temperature, in: RequestLimits.temperature)
        for (name, count) in [("image-top-k", imageTopK), ("text-top-k", textTopK)] {
            guard let count, !RequestLimits.topK.contains(count) else { continue }
            throw .invalid(name: name, value: "\(count)", expected: "\(RequestLimits.topK.lowerBound) to \(RequestLimits.topK.upperBound) tokens")
        }
        if let grids, !PictureGrids.sides.contains(grids.height) || !PictureGrids.sides.contains(grids.width) {
            throw .invalid(name: "grids", value: "\(grids)", expected: "HxW with \(PictureGrids.sides.lowerBound) to \(PictureGrids.sides.upperBound) squares of 32 pixels a side")
        }
    }

    /// The options with what they leave open taken from `defaults`.
    public func completed(by defaults: DrawingOptions) -> DrawingOptions {
        var options = self
        options.cfg = cfg ?? defaults.cfg
        options.imageTopK = imageTopK ?? defaults.imageTopK
        options.textTopK = textTopK ?? defaults.textTopK
        options.temperature = temperature ?? defaults.temperature
        options.grids = grids ?? defaults.grids
        return options
    }

    fileprivate static func check(_ name: String, _ value: Double?, in range: ClosedRange<Double>) throws(RequestError) {
        guard let value, !range.contains(value) else { return }
        throw .invalid(name: name, value: "\(value)", expected: "a number from \(range.lowerBound) to \(range.upperBound)")
    }
}

extension AnswerRequest {
    /// Checks every value that does not depend on the model.
    ///
    /// - Throws: `RequestError.invalid` for the first value out of range.
    public func validate() throws(RequestError) {
        guard RequestLimits.answerTokens.contains(maxTokens) else {
            throw .invalid(
                name: "max-tokens", value: "\(maxTokens)", expected: "\(RequestLimits.answerTokens.lowerBound) to \(RequestLimits.answerTokens.upperBound) tokens")
        }
        try DrawingOptions.check("temperature", temperature, in: RequestLimits.temperature)
        try drawing.validate()
        guard let last = turns.last, last.answer == nil, turns.dropLast().allSatisfy({ $0.answer != nil }) else {
            throw .invalid(name: "question", value: "missing or answered already", expected: "answered turns, then one question that is open")
        }
    }
}
