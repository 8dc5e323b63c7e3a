import ModelHub
import NIOHTTP1
import Testing

@Suite(.timeLimit(.minutes(15))) struct RedirectTests {
    private let repository = TestRepository([.init(path: "model", bytes: content(100_000), isLarge: true)])

    @Test func tokenGoesToTheHubAndToNoOtherServer() async throws {
        let workspace = Workspace()
        let bytes = repository.files[0].bytes
        try await TestHub.serving { request in
            var reply = TestRepository.content(bytes, request)
            if request.earlier == 0 { (reply.sent, reply.ending) = (30_000, workspace.dropped(after: 30_000)) }
            return reply
        } _: { store in
            try await TestHub.serving { [repository, storage = store.address] request in
                switch request.path {
                case repository.listingPath: repository.listing
                case repository.path("model"): .redirect(to: "/api/resolve-cache/model")
                default: .redirect(to: storage + "/blob?signature=x%2Fy")
                }
            } _: { hub in
                try await workspace.pull(from: hub.address, token: "hf_secret")
                #expect(hub.requests.count == 5)
                #expect(hub.requests.allSatisfy { $0.headers["Authorization"] == ["Bearer hf_secret"] })
            }
            #expect(store.requests.count == 2 && store.requests.last?.start != nil)
            #expect(store.requests.allSatisfy { $0.query == "signature=x%2Fy" && !$0.headers.contains(name: "Authorization") })
        }
        #expect(workspace.holds("model", bytes))
    }

    @Test func expiredAddressAtTheStoreIsAskedForAnew() async throws {
        let workspace = Workspace()
        try await TestHub.serving { [repository] in $0.earlier == 0 ? .status(403) : repository.files[0].reply($0) } _: { store in
            try await TestHub.serving { [repository, storage = store.address] request in
                request.path == repository.listingPath ? repository.listing : .redirect(to: storage + "/blob")
            } _: { hub in
                try await workspace.pull(from: hub.address)
                #expect(hub.requests(repository.path("model")).count == 2)
            }
        }
        #expect(workspace.holds("model", repository.files[0].bytes))
    }

    @Test func endlessAndForeignRedirectsAreRefused() async throws {
        let workspace = Workspace()
        for location in ["/round", "file:///etc/passwd", "http://"] {
            let failure = try await TestHub.serving({ _ in .redirect(to: location) }) { hub in
                let failure = await workspace.failure(from: hub.address)
                #expect(hub.requests.count <= 11)
                return failure
            }
            guard case .refusedRedirect = failure else { Issue.record("\(location): \(String(describing: failure))"); return }
        }
    }
}

extension TestRepository.File {
    fileprivate func reply(_ request: TestHub.Request) -> TestHub.Reply { TestRepository.content(bytes, request) }
}
