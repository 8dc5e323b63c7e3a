import Generation
import Testing

@Suite struct RequestLimitsTests {
    /// A value out of range, and the name and value that the error must give.
    struct Case: Sendable {
        let name, value: String
        let change: @Sendable (inout GenerationRequest) -> Void
    }

    static let cases = [
        Case(name: "width", value: "0") { $0.width = 0 },
        Case(name: "width", value: "15") { $0.width = 15 },
        Case(name: "height", value: "100000") { $0.height = 100_000 },
        Case(name: "height", value: "-512") { $0.height = -512 },
        Case(name: "steps", value: "0") { $0.stepCount = 0 },
        Case(name: "steps", value: "10000") { $0.stepCount = 10_000 },
        Case(name: "guidance", value: "-1.0") { $0.guidance = -1 },
        Case(name: "guidance", value: "nan") { $0.guidance = .nan },
        Case(name: "true-cfg", value: "inf") { $0.trueCFG = .infinity },
        Case(name: "ref-size", value: "8") { $0.referenceSize = 8 },
        Case(name: "prompt", value: "100000 bytes long") { $0.prompt = String(repeating: "a", count: 100_000) },
        Case(name: "negative", value: "65537 bytes long") { $0.negativePrompt = String(repeating: "a", count: 65_537) },
    ]

    @Test(arguments: cases)
    func valueOutOfRangeIsNamed(_ wrong: Case) {
        var request = GenerationRequest(prompt: "a fox")
        wrong.change(&request)
        let error = #expect(throws: RequestError.self) { try request.validate() }
        guard case .invalid(let name, let value, _) = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(name == wrong.name)
        #expect(value == wrong.value)
    }

    @Test func valuesLeftToTheModelAreValid() throws {
        try GenerationRequest(prompt: "a fox").validate()
    }

    @Test func limitsThemselvesAreValid() throws {
        var request = GenerationRequest(prompt: String(repeating: "a", count: RequestLimits.promptByteCount))
        request.width = RequestLimits.side.lowerBound
        request.height = RequestLimits.side.upperBound
        request.stepCount = RequestLimits.stepCount.upperBound
        try request.validate()
    }
}
