extension GenerationRequest {
    /// Refuses values that only DreamO's pipeline takes, so that they are not passed over in silence.
    ///
    /// - Parameter system: the system asked, as people write it.
    /// - Throws: `RequestError.unsupported` naming the option.
    public func checkHasNoDreamOValues(for system: String) throws(RequestError) {
        let given = [
            ("--cfg-window", cfgWindow != nil), ("--negative-guidance", negativeGuidance != nil), ("--first-step-guidance", firstStepGuidance != nil),
            ("--prepare", preparation != .auto), ("a number for a reference", references.contains { $0.slot != nil }),
        ]
        guard let name = given.first(where: \.1)?.0 else { return }
        throw .unsupported("\(system) has no use for \(name)", remedy: "DreamO has: leave it out, or give --model a DreamO model.")
    }
}
