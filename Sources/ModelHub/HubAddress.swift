import Foundation

/// Where a hub is, and the addresses of what it holds.
struct HubAddress: Sendable, Equatable {
    /// Without a slash at its end.
    private let base: String
    private let origin: Origin

    /// Scheme, host and port: what decides who receives the token.
    private struct Origin: Equatable {
        let scheme: String
        let host: String
        let port: Int

        init?(_ url: URL) {
            guard let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http", let host = url.host?.lowercased(), !host.isEmpty
            else { return nil }
            self.scheme = scheme
            self.host = host
            port = url.port ?? (scheme == "https" ? 443 : 80)
        }
    }

    /// - Throws: `ModelHubError.invalidAddress` for anything but `http` or `https`, a host, and perhaps a port and a path.
    init(_ address: String) throws(ModelHubError) {
        let trimmed = String(address.reversed().drop { $0 == "/" }.reversed())
        guard let url = URL(string: trimmed), let origin = Origin(url), url.user == nil, url.password == nil, url.query == nil, url.fragment == nil
        else { throw .invalidAddress(address) }
        base = trimmed
        self.origin = origin
    }

    /// The first page of a repository's files.
    func listing(_ part: HubModel.Part) throws(ModelHubError) -> URL {
        try url("/api/models/\(encoded(part.repository))/tree/\(encoded(part.revision, keepsSlash: false))?recursive=true")
    }

    func file(_ path: String, of part: HubModel.Part) throws(ModelHubError) -> URL {
        try url("/\(encoded(part.repository))/resolve/\(encoded(part.revision, keepsSlash: false))/\(encoded(path))")
    }

    /// The page on which a person accepts a repository's licence.
    func page(_ part: HubModel.Part) -> String { "\(base)/\(part.repository)" }

    /// True where requests go to the hub itself, which alone may see the token.
    func owns(_ url: URL) -> Bool { Origin(url) == origin }

    private func url(_ path: String) throws(ModelHubError) -> URL {
        guard let url = URL(string: base + path) else { throw .invalidAddress(base + path) }
        return url
    }

    /// Percent-encodes all but letters, digits and `-._~`. Slashes stay in paths, but not in a revision such as `refs/pr/1`.
    private func encoded(_ text: String, keepsSlash: Bool = true) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                String(UnicodeScalar(byte))
            case UInt8(ascii: "/") where keepsSlash: "/"
            default: (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
