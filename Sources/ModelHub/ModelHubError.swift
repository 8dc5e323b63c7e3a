/// What can go wrong while a model is fetched.
public enum ModelHubError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A hub address that no request can be made from.
    case invalidAddress(String)
    /// An access token with characters that no header may carry. The token itself is not repeated.
    case invalidToken
    /// A name that is neither a known set nor `owner/name`.
    case unknownModel(String, known: [String])
    /// The hub asks for a licence or a token (HTTP 401 or 403).
    case accessDenied(page: String, status: Int, hasToken: Bool)
    /// The hub has no such repository or revision, or the file is gone from it.
    case notFound(repository: String, revision: String, file: String?)
    /// A listing or an answer that is not shaped as a hub's.
    case malformed(repository: String, problem: String)
    /// A file name that would land outside the directory, or on this program's own files.
    case unsafeFileName(repository: String, name: String, problem: String)
    /// No file of the repository has a name that fits the pattern.
    case nothingMatches(pattern: String, source: String)
    /// Fewer bytes free than the files still need.
    case notEnoughSpace(directory: String, needed: Int, available: Int)
    /// Another pull holds the directory.
    case directoryInUse(String)
    /// The transfer failed as often as was allowed; what has arrived is kept.
    case transferFailed(name: String, reason: String, attempts: Int)
    /// The bytes are not those the hub announced, twice; they have been removed. Both are a checksum or a number of bytes.
    case wrongContent(file: String, expected: String, found: String)
    /// A redirect that is not followed.
    case refusedRedirect(from: String, to: String, problem: String)
    /// Reading or writing on this machine failed.
    case file(path: String, reason: String)

    public var description: String {
        switch self {
        case .invalidAddress(let address):
            "The hub's address is '\(address)'; expected one like https://huggingface.co, without user name, query or fragment."
        case .invalidToken:
            "The access token holds spaces, line breaks or other characters that no token has. Copy it from the hub once more."
        case .unknownModel(let name, let known):
            "'\(name)' names no model; expected \(known.map { "'\($0)'" }.joined(separator: ", ")), "
                + "or a repository of the hub as owner/name or owner/name@revision."
        case .accessDenied(let page, let status, let hasToken):
            "The hub answers \(status) for \(page): it is gated, private, or does not exist. Open that page, accept the model's licence, and "
                + (hasToken ? "check that the token set here belongs to the account that accepted it." : "set the token of the account that accepted it.")
        case .notFound(let repository, let revision, let file):
            "The hub has no \(file.map { "file '\($0)' in" } ?? "repository") '\(repository)' at revision '\(revision)'. Check the spelling of both."
        case .malformed(let repository, let problem):
            "The hub's answer for '\(repository)' cannot be used: \(problem). Check that the address is a hub's."
        case .unsafeFileName(let repository, let name, let problem):
            "'\(repository)' lists the file name '\(name.escaped)', which \(problem). Nothing was fetched; do not trust this repository."
        case .nothingMatches(let pattern, let source):
            "No file of \(source) matches '\(pattern)'. In a pattern, * stands for any text and ? for one character."
        case .notEnoughSpace(let directory, let needed, let available):
            "\(directory) has \(available.gibibytes) free, and the files need \(needed.gibibytes) more. Free some space or choose another directory."
        case .directoryInUse(let directory):
            "Another pull is writing to \(directory). Wait for it, or stop it; the next one continues where it was."
        case .transferFailed(let name, let reason, let attempts):
            "\(name): \(reason), after \(attempts) \(attempts == 1 ? "attempt" : "attempts"). What has arrived is kept; pull again to continue."
        case .wrongContent(let file, let expected, let found):
            "\(file) arrived with \(found); the hub announces \(expected). It was removed. Pull again; "
                + "if that does not help, something between here and the hub changes files."
        case .refusedRedirect(let from, let to, let problem):
            "\(from) redirects to \(to), which is not followed: \(problem)."
        case .file(let path, let reason):
            "\(path) cannot be used: \(reason). Check the path, and what may be done with it."
        }
    }
}

extension String {
    /// The text with control characters spelled out, at most 200 characters of it.
    fileprivate var escaped: String {
        unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0) }.joined()
    }
}

extension Int {
    fileprivate var gibibytes: String {
        let tenths = Int((Double(self) / Double(1 << 30) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) GiB"
    }
}
