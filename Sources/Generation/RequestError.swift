/// A request that cannot be carried out as asked.
public enum RequestError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A value outside its range: its name, the value, what is possible.
    case invalid(name: String, value: String, expected: String)
    /// A reference picture that cannot be used, and why.
    case reference(name: String, problem: String)
    /// Something the model cannot do.
    case unsupported(String, remedy: String)

    public var description: String {
        switch self {
        case .invalid(let name, let value, let expected): "\(name) is \(value); expected \(expected)."
        case .reference(let name, let problem): "\(name): \(problem)"
        case .unsupported(let what, let remedy): "\(what). \(remedy)"
        }
    }
}
