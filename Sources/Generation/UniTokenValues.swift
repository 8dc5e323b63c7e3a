extension GenerationRequest {
    /// Refuses values that only a model which draws token by token takes, so that they are not passed over in silence.
    ///
    /// - Parameter system: the system asked, as people write it.
    /// - Throws: `RequestError.unsupported` naming the option.
    public func checkHasNoUniTokenValues(for system: String) throws(RequestError) {
        let given = [
            ("--cfg", drawing.cfg != nil), ("--image-top-k", drawing.imageTopK != nil), ("--temperature", drawing.temperature != nil),
            ("--grids", drawing.grids != nil), ("--greedy", drawing.isGreedy),
        ]
        guard let name = given.first(where: \.1)?.0 else { return }
        throw .unsupported("\(system) has no use for \(name)", remedy: "UniToken has: leave it out, or give --model a UniToken model.")
    }
}
