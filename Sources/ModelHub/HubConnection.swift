import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Requests to one hub, with redirects followed here so that only the hub itself ever sees the token.
struct HubConnection: Sendable {
    let address: HubAddress
    let patience: Patience
    private let token: String?
    private let client: HTTPClient

    private static let redirectLimit = 10

    init(address: HubAddress, token: String?, patience: Patience) {
        self.address = address
        self.token = token
        self.patience = patience
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: patience.connect.timeAmount, read: patience.silence.timeAmount))
        // One stream of HTTP/2 is throttled by its small window; a file is one long answer.
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async { try? await client.shutdown() }

    /// Asks for `url`, or for what follows its first `offset` bytes.
    ///
    /// - Parameter part: the repository, for errors; `file` likewise.
    /// - Returns: an answer with status 200 or 206, its body still to come.
    /// - Throws: `Setback` for what may pass, `ModelHubError` for what will not, `CancellationError`.
    func get(_ url: URL, from offset: Int = 0, part: HubModel.Part, file: String? = nil) async throws -> HubAnswer {
        var url = url
        var announced: String?
        for _ in 0...Self.redirectLimit {
            let response = try await send(url, from: offset)
            if address.owns(url) { announced = announced ?? response.headers.first(name: "X-Linked-Etag") }
            guard (300..<400).contains(Int(response.status.code)), let location = response.headers.first(name: "Location") else {
                try check(response, url: url, part: part, file: file)
                return HubAnswer(url: url, response: response, announced: announced)
            }
            url = try target(of: location, from: url)
        }
        throw ModelHubError.refusedRedirect(from: address.page(part), to: shown(url), problem: "there are more than \(Self.redirectLimit) in a row")
    }

    private func send(_ url: URL, from offset: Int) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url.absoluteString)
        request.headers.add(name: "User-Agent", value: "atelier")
        // A compressed answer could not be continued at a byte of the file.
        request.headers.add(name: "Accept-Encoding", value: "identity")
        if offset > 0 { request.headers.add(name: "Range", value: "bytes=\(offset)-") }
        if let token, address.owns(url) { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        do {
            return try await client.execute(request, timeout: (patience.connect + patience.silence).timeAmount)
        } catch {
            try Task.checkCancellation()
            throw Setback(network: error)
        }
    }

    private func target(of location: String, from url: URL) throws(ModelHubError) -> URL {
        guard let target = URL(string: location, relativeTo: url)?.absoluteURL, let scheme = target.scheme?.lowercased(), target.host?.isEmpty == false,
            scheme == "https" || scheme == "http"
        else { throw .refusedRedirect(from: shown(url), to: String(location.prefix(200)), problem: "it is not an address of HTTP") }
        guard scheme == "https" || url.scheme?.lowercased() == "http" else {
            throw .refusedRedirect(from: shown(url), to: shown(target), problem: "it leaves the encrypted connection")
        }
        return target
    }

    /// Sorts the status codes that carry no content into those that may pass and those that will not.
    private func check(_ response: HTTPClientResponse, url: URL, part: HubModel.Part, file: String?) throws {
        let status = Int(response.status.code)
        let host = url.host ?? "the hub"
        switch status {
        case 200, 206: return
        case 408, 425, 429, 500...599:
            throw Setback("\(host) answers \(status)", requestedPause: RetryAfter.pause(response.headers.first(name: "Retry-After")))
        case 416: throw Setback("\(host) has no more of it", .notContinued)
        // Addresses at a content server expire; the next attempt asks the hub for a new one.
        case 400...499 where !address.owns(url): throw Setback("\(host) answers \(status)")
        case 401, 403: throw ModelHubError.accessDenied(page: address.page(part), status: status, hasToken: token != nil)
        case 404: throw ModelHubError.notFound(repository: part.repository, revision: part.revision, file: file)
        default: throw ModelHubError.malformed(repository: part.repository, problem: "\(host) answers with status \(status)")
        }
    }

    /// The address without its query, which may hold a signature that is as good as a password.
    private func shown(_ url: URL) -> String { url.absoluteString.split(separator: "?").first.map(String.init) ?? "" }
}
