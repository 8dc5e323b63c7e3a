import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server on a free port of the loopback, whose answers a test writes.
final class TestHub: Sendable {
    struct Request: Sendable {
        let path: String
        let query: String
        let headers: HTTPHeaders
        /// How many requests for the same path came before.
        let earlier: Int
    }

    struct Reply: Sendable {
        var status = 200
        var headers: [(String, String)] = []
        var body: [UInt8] = []
        /// Bytes of the body that are sent; nil for all. The announced length stays.
        var sent: Int?
        /// What follows the bytes sent.
        var ending = Ending.complete

        enum Ending: Sendable {
            case complete
            /// Nothing more, with the connection open.
            case silent
            /// The connection breaks once the client has stored what was sent: what lies in its buffers then is lost with it.
            case dropped(once: @Sendable () -> Bool)
        }

        static func status(_ code: Int, _ headers: [(String, String)] = []) -> Reply { Reply(status: code, headers: headers) }
        static func redirect(to address: String) -> Reply { Reply(status: 302, headers: [("Location", address)]) }
        static let silence = Reply(sent: 0, ending: .silent)
    }

    private let channel: any Channel
    private let log: Log
    let port: Int

    var address: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { log.requests.withLock { $0 } }

    func requests(_ path: String) -> [Request] { requests.filter { $0.path == path } }

    private init(channel: any Channel, log: Log, port: Int) {
        self.channel = channel
        self.port = port
        self.log = log
    }

    /// Runs a server while `body` runs.
    static func serving<Value>(
        _ answer: @escaping @Sendable (Request) -> Reply, _ body: (TestHub) async throws -> Value
    ) async throws -> Value {
        let log = Log()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Exchange(log: log, answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let hub = TestHub(channel: channel, log: log, port: channel.localAddress?.port ?? 0)
        do {
            let value = try await body(hub)
            try await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }
}

/// The requests so far, from all connections.
private final class Log: Sendable {
    let requests = Mutex<[TestHub.Request]>([])

    func record(_ head: HTTPRequestHead) -> TestHub.Request {
        let halves = head.uri.split(separator: "?", maxSplits: 1).map(String.init)
        let path = halves.first ?? ""
        return requests.withLock { requests in
            let request = TestHub.Request(
                path: path, query: halves.count > 1 ? halves[1] : "", headers: head.headers, earlier: requests.count { $0.path == path })
            requests.append(request)
            return request
        }
    }
}

/// Answers the requests of one connection.
private final class Exchange: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let log: Log
    private let answer: @Sendable (TestHub.Request) -> TestHub.Reply

    init(log: Log, answer: @escaping @Sendable (TestHub.Request) -> TestHub.Reply) {
        self.log = log
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        let reply = answer(log.record(head))
        let sent = reply.body.prefix(reply.sent ?? reply.body.count)
        if case .silent = reply.ending, sent.isEmpty { return }

        var headers = HTTPHeaders(reply.headers)
        headers.add(name: "Content-Length", value: "\(reply.body.count)")
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .init(statusCode: reply.status), headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: sent)))), promise: nil)
        switch reply.ending {
        case .complete: context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .silent: context.flush()
        case .dropped(let isStored):
            context.flush()
            drop(context, once: isStored)
        }
    }

    private func drop(_ context: ChannelHandlerContext, once isStored: @escaping @Sendable () -> Bool) {
        guard context.channel.isActive else { return }
        guard !isStored() else { return context.close(promise: nil) }
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(5)) { self.drop(context, once: isStored) }
    }
}
