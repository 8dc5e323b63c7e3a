import Foundation
import ModelHub
import Testing

@Suite(.timeLimit(.minutes(15))) struct InterruptionTests {
    private let repository = TestRepository([.init(path: "model", bytes: content(200_000), isLarge: true)])
    private var bytes: [UInt8] { repository.files[0].bytes }
    private var path: String { repository.path("model") }

    @Test func droppedConnectionIsContinuedWhereItBroke() async throws {
        let workspace = Workspace()
        try await TestHub.serving { [repository] request in
            var reply = repository.reply(to: request)
            if request.path.hasSuffix("/model"), request.earlier == 0 { (reply.sent, reply.ending) = (70_000, workspace.dropped(after: 70_000)) }
            return reply
        } _: { hub in
            try await workspace.pull(from: hub.address)
            #expect(hub.requests(path).map(\.start) == [nil, 70_000])
            #expect(workspace.events.contains(.resumed(file: "model", from: 70_000, of: 200_000)))
        }
        #expect(workspace.holds("model", bytes))
        #expect(workspace.files == ["model"])
    }

    @Test func moreDropsThanAttemptsAreEnduredWhileBytesArrive() async throws {
        let workspace = Workspace()
        try await TestHub.serving { [repository] request in
            var reply = repository.reply(to: request)
            if request.path.hasSuffix("/model"), request.earlier < 9 {
                (reply.sent, reply.ending) = (20_000, workspace.dropped(after: 20_000 * (request.earlier + 1)))
            }
            return reply
        } _: { hub in
            try await workspace.pull(from: hub.address, attempts: 2)
            #expect(hub.requests(path).count == 10)
        }
        #expect(workspace.holds("model", bytes))
    }

    @Test func nextPullContinuesWhatTheLastOneLeft() async throws {
        let workspace = Workspace()
        let first = try await TestHub.serving { [repository] request in
            var reply = repository.reply(to: request)
            if request.path.hasSuffix("/model") { (reply.sent, reply.ending) = (request.earlier == 0 ? 50_000 : 0, workspace.dropped(after: 50_000)) }
            return reply
        } _: { await workspace.failure(from: $0.address) }
        #expect(first == .transferFailed(name: "model", reason: "the connection was closed", attempts: 2))
        #expect(workspace.holds("model.part", bytes[..<50_000]))
        #expect(workspace.bytes("model") == nil)

        try await TestHub.serving({ [repository] in repository.reply(to: $0) }) { hub in
            try await workspace.pull(from: hub.address)
            #expect(hub.requests(path).map(\.start) == [50_000])
        }
        #expect(workspace.holds("model", bytes))
        #expect(workspace.files == ["model"])
    }

    @Test func serverWithoutRangesStartsOver() async throws {
        let workspace = Workspace()
        try await TestHub.serving { [repository] request in
            guard request.path.hasSuffix("/model") else { return repository.reply(to: request) }
            guard request.earlier == 0 else { return TestHub.Reply(body: repository.files[0].bytes) }
            return TestHub.Reply(body: repository.files[0].bytes, sent: 60_000, ending: workspace.dropped(after: 60_000))
        } _: { hub in
            try await workspace.pull(from: hub.address)
            #expect(hub.requests(path).count == 2)
        }
        #expect(workspace.holds("model", bytes))
        #expect(workspace.events.filter { $0 == .began(file: "model", bytes: 200_000) }.count == 2)
    }

    @Test func rangeThatWasNotAskedForIsNotGluedOn() async throws {
        let workspace = Workspace()
        try await TestHub.serving { [repository] request in
            var reply = repository.reply(to: request)
            if request.path.hasSuffix("/model"), request.earlier == 0 { (reply.sent, reply.ending) = (60_000, workspace.dropped(after: 60_000)) }
            if request.start != nil { reply.headers = [("Content-Range", "bytes 10-199999/200000")] }
            return reply
        } _: { hub in
            try await workspace.pull(from: hub.address)
            #expect(hub.requests(path).map(\.start) == [nil, 60_000, nil])
        }
        #expect(workspace.holds("model", bytes))
    }

    @Test func partOfAnOlderContentIsNotContinued() async throws {
        let workspace = Workspace()
        let old = TestRepository([.init(path: "model", bytes: content(200_000, seed: 9), isLarge: true)])
        _ = try await TestHub.serving { request in
            var reply = old.reply(to: request)
            if request.path.hasSuffix("/model") { (reply.sent, reply.ending) = (80_000, workspace.dropped(after: 80_000)) }
            return reply
        } _: { await workspace.failure(from: $0.address, attempts: 1) }
        #expect(workspace.bytes("model.part")?.isEmpty == false)

        try await TestHub.serving({ [repository] in repository.reply(to: $0) }) { hub in
            try await workspace.pull(from: hub.address)
            #expect(hub.requests(path).map(\.start) == [nil])
        }
        #expect(workspace.holds("model", bytes))
    }

    @Test(arguments: [true, false]) func fileReplacedBetweenAttemptsIsListedAgain(tagged: Bool) async throws {
        let workspace = Workspace()
        let new = TestRepository([.init(path: "model", bytes: content(200_000, seed: 5), isLarge: true)])
        try await TestHub.serving { [repository] request in
            let isFile = request.path.hasSuffix("/model")
            var reply = (request.earlier == 0 ? repository : new).reply(to: request)
            if isFile, request.earlier == 0 { (reply.sent, reply.ending) = (60_000, workspace.dropped(after: 60_000)) }
            if isFile, request.earlier > 0, tagged { reply.headers.append(("X-Linked-ETag", "\"\(new.files[0].sha256)\"")) }
            return reply
        } _: { hub in
            try await workspace.pull(from: hub.address)
            #expect(hub.requests(repository.listingPath).count == 2)
        }
        #expect(workspace.holds("model", new.files[0].bytes))
        let reasons = workspace.events.compactMap { if case .retrying(_, let reason, _) = $0 { reason } else { nil } }
        #expect(reasons.last == (tagged ? "it changed on the hub" : "its checksum is wrong"))
        #expect(workspace.files == ["model"])
    }

    @Test func busyAndFailingServersAreAskedAgain() async throws {
        let workspace = Workspace()
        let refusals = [429, 503, 500]
        try await TestHub.serving { [repository] request in
            request.earlier < refusals.count ? .status(refusals[request.earlier], [("Retry-After", "3600")]) : repository.reply(to: request)
        } _: { try await workspace.pull(from: $0.address) }
        #expect(workspace.holds("model", bytes))
        let pauses = workspace.events.compactMap { if case .retrying(_, let reason, let seconds) = $0 { (reason, seconds) } else { nil } }
        #expect(pauses.map(\.0) == refusals.map { "127.0.0.1 answers \($0)" } + refusals.map { "127.0.0.1 answers \($0)" })
        // The hub asks for an hour; the longest pause that these tests grant is 20 ms.
        #expect(pauses.allSatisfy { $0.1 == 0.02 })
    }

    @Test func silentHubIsGivenUp() async throws {
        let workspace = Workspace()
        let failure = try await TestHub.serving { _ in .silence } _: { hub in
            await workspace.failure(from: hub.address, silence: .milliseconds(100))
        }
        #expect(failure == .transferFailed(name: "owner/model", reason: "the server has gone silent", attempts: 2))
    }

    @Test func closedPortIsReportedWithItsReason() async throws {
        let port = try await TestHub.serving({ _ in .silence }) { $0.port }
        let failure = await Workspace().failure(from: "http://127.0.0.1:\(port)")
        guard case .transferFailed("owner/model", let reason, attempts: 2) = failure else { Issue.record("\(String(describing: failure))"); return }
        #expect(reason.contains("refused"))
    }

    @Test func downloadThatFallsSilentIsContinued() async throws {
        let workspace = Workspace()
        try await TestHub.serving { [repository] request in
            var reply = repository.reply(to: request)
            if request.path.hasSuffix("/model"), request.earlier == 0 { (reply.sent, reply.ending) = (90_000, .silent) }
            return reply
        } _: { try await workspace.pull(from: $0.address, attempts: 1000, silence: .milliseconds(500)) }
        #expect(workspace.holds("model", bytes))
        #expect(workspace.events.contains { if case .resumed("model", 1...90_000, of: 200_000) = $0 { true } else { false } })
    }

    @Test func cancelledPullKeepsItsPart() async throws {
        let workspace = Workspace()
        try await TestHub.serving { [repository] request in
            var reply = repository.reply(to: request)
            if request.path.hasSuffix("/model"), request.earlier == 0 { (reply.sent, reply.ending) = (40_000, .silent) }
            return reply
        } _: { hub in
            let pull = Task { try await workspace.pull(from: hub.address) }
            while workspace.bytes("model.part")?.count != 40_000 { try await Task.sleep(for: .milliseconds(5)) }
            pull.cancel()
            await #expect(throws: CancellationError.self) { try await pull.value }
            // It did not wait for the end of the silence.
            #expect(!workspace.events.contains { if case .retrying = $0 { true } else { false } })
            #expect(workspace.holds("model.part", bytes[..<40_000]))

            try await workspace.pull(from: hub.address)
            #expect(hub.requests(path).map(\.start) == [nil, 40_000])
        }
        #expect(workspace.holds("model", bytes))
    }
}
