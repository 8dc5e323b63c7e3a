import AsyncHTTPClient
package import Foundation
import NIOCore
import NIOHTTP1

/// An answer whose body is still to come.
struct HubAnswer: Sendable {
    /// Where it came from, after redirects.
    let url: URL
    private let response: HTTPClientResponse
    /// The hub's own name for the content, without quotes: its checksum, for files.
    let announced: String?

    init(url: URL, response: HTTPClientResponse, announced: String?) {
        self.url = url
        self.response = response
        self.announced = announced.map { ($0.hasPrefix("W/") ? String($0.dropFirst(2)) : $0).filter { $0 != "\"" } }
    }

    /// The following page of a listing. Source: RFC 8288, `Link: <address>; rel="next"`.
    var nextPage: String? {
        for link in response.headers["Link"].joined(separator: ",").split(separator: "<") {
            let halves = link.split(separator: ">", maxSplits: 1)
            let parameters = halves.last?.lowercased().filter { $0 != "\"" && $0 != " " } ?? ""
            if halves.count == 2, parameters.split(whereSeparator: { $0 == ";" || $0 == "," }).contains("rel=next") { return String(halves[0]) }
        }
        return nil
    }

    /// The part of the content in the body, where the server says that it is a part: first byte, and length of the whole.
    var range: (start: Int, total: Int?)? {
        guard response.status.code == 206 else { return nil }
        let text = response.headers.first(name: "Content-Range") ?? ""
        guard let match = text.wholeMatch(of: /bytes +([0-9]{1,18})-[0-9]+\/([0-9]{1,18}|\*)/), let start = Int(match.1) else { return (-1, nil) }
        return (start, Int(match.2))
    }

    /// Hands over the body piece by piece; the server waits while `consume` works.
    ///
    /// - Throws: `Setback` where the connection ends early, `CancellationError`, and what `consume` throws.
    func forEachPiece(_ consume: (Data) throws -> Void) async throws {
        var iterator = response.body.makeAsyncIterator()
        while true {
            let piece: ByteBuffer?
            do {
                piece = try await iterator.next()
            } catch {
                try Task.checkCancellation()
                throw Setback(network: error)
            }
            try Task.checkCancellation()
            guard let piece else { return }
            try consume(Data(piece.readableBytesView))
        }
    }

    /// The whole body, which must be small and must arrive within `time`.
    ///
    /// - Returns: nil where it is longer than `limit`.
    func contents(limit: Int, within time: Duration) async throws -> Data? {
        var contents = Data()
        let end = ContinuousClock.now + time
        do {
            try await forEachPiece { piece in
                guard contents.count + piece.count <= limit else { throw TooLong() }
                guard ContinuousClock.now < end else { throw Setback("the answer takes too long") }
                contents += piece
            }
        } catch is TooLong {
            return nil
        }
        return contents
    }

    private struct TooLong: Error {}
}

/// The header by which a server says when to ask again. Source: RFC 9110, section 10.2.3.
package enum RetryAfter {
    /// - Parameter text: seconds, or a date as in `Wed, 21 Oct 2015 07:28:00 GMT`.
    package static func pause(_ text: String?, now: Date = Date()) -> Duration? {
        guard let text = text?.trimmingCharacters(in: .whitespaces) else { return nil }
        if let seconds = Int(text), seconds >= 0 { return .seconds(min(seconds, 1 << 31)) }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.date(from: text).map { .seconds(max(0, $0.timeIntervalSince(now))) }
    }
}
