/// The ranges of a request's values.
public enum RequestLimits {
    /// Pixels per side.
    public static let side = 16...8192
    public static let stepCount = 1...1000
    public static let guidance = 0.0...100
    public static let trueCFG = -20.0...100
    /// Long side of a reference, in pixels.
    public static let referenceSize = 16...4096
    /// Of tokens that are drawn; 0 takes the likeliest.
    public static let temperature = 0.0...100
    public static let topK = 1...1 << 24
    public static let answerTokens = 1...65_536
    /// Bytes of UTF-8; far more than any text encoder reads.
    public static let promptByteCount = 65_536
}

extension GenerationRequest {
    /// Checks every value that does not depend on the model.
    ///
    /// - Throws: `RequestError.invalid` for the first value out of range.
    public func validate() throws(RequestError) {
        try check("width", width, in: RequestLimits.side, "pixels")
        try check("height", height, in: RequestLimits.side, "pixels")
        try check("steps", stepCount, in: RequestLimits.stepCount, "steps")
        try check("guidance", guidance, in: RequestLimits.guidance)
        try check("true-cfg", trueCFG, in: RequestLimits.trueCFG)
        try check("negative-guidance", negativeGuidance, in: RequestLimits.guidance)
        try check("first-step-guidance", firstStepGuidance, in: RequestLimits.guidance)
        if let window = cfgWindow {
            try check("cfg-window", window.lowerBound, in: 0...RequestLimits.stepCount.upperBound, "as its first step")
            try check("cfg-window", window.upperBound, in: 0...RequestLimits.stepCount.upperBound, "as its end")
        }
        try drawing.validate()
        try check("ref-size", referenceSize, in: RequestLimits.referenceSize, "pixels")
        for (name, text) in [("prompt", prompt), ("negative", negativePrompt ?? "")] where text.utf8.count > RequestLimits.promptByteCount {
            throw .invalid(
                name: name, value: "\(text.utf8.count) bytes long",
                expected: "at most \(RequestLimits.promptByteCount) bytes (the text encoders read 512 tokens)")
        }
    }

    private func check(_ name: String, _ value: Int?, in range: ClosedRange<Int>, _ unit: String) throws(RequestError) {
        guard let value, !range.contains(value) else { return }
        throw .invalid(name: name, value: "\(value)", expected: "\(range.lowerBound) to \(range.upperBound) \(unit)")
    }

    private func check(_ name: String, _ value: Double?, in range: ClosedRange<Double>) throws(RequestError) {
        guard let value, !range.contains(value) else { return }
        throw .invalid(name: name, value: "\(value)", expected: "a number from \(range.lowerBound) to \(range.upperBound)")
    }
}
