import Foundation
import ModelHub
import Testing

@Suite(.timeLimit(.minutes(15))) struct RefusalTests {
    private let repository = TestRepository([.init(path: "model", bytes: content(5000), isLarge: true), .init(path: "note", bytes: content(50))])

    private func failure(listing: TestHub.Reply) async throws -> ModelHubError? {
        let workspace = Workspace()
        let failure = try await TestHub.serving({ _ in listing }) { await workspace.failure(from: $0.address) }
        #expect(workspace.files.isEmpty)
        return failure
    }

    @Test(arguments: ["model", "note"]) func wrongBytesNeverGetTheFilesName(name: String) async throws {
        let workspace = Workspace()
        let failure = try await TestHub.serving { [repository] request in
            var reply = repository.reply(to: request)
            if request.path.hasSuffix("/" + name) { reply.body[17] ^= 1 }
            return reply
        } _: { await workspace.failure(from: $0.address, include: [name]) }
        guard case .wrongContent(name, _, _) = failure else { Issue.record("\(String(describing: failure))"); return }
        #expect(workspace.files.isEmpty)
    }

    @Test func moreBytesThanListedAreNotWritten() async throws {
        let workspace = Workspace()
        let failure = try await TestHub.serving { [repository] request in
            request.path == repository.listingPath ? repository.listing : TestHub.Reply(body: content(9000))
        } _: { await workspace.failure(from: $0.address) }
        guard case .wrongContent("model", _, found: "more bytes") = failure else { Issue.record("\(String(describing: failure))"); return }
        #expect(workspace.files.isEmpty)
    }

    @Test(arguments: [401, 403]) func lockedRepositorySaysToAcceptTheLicence(status: Int) async throws {
        let workspace = Workspace()
        try await TestHub.serving({ _ in .status(status) }) { hub in
            let failure = await workspace.failure(from: hub.address)
            #expect(failure == .accessDenied(page: "\(hub.address)/owner/model", status: status, hasToken: false))
            #expect(failure?.description.contains("accept the model's licence") == true)
            #expect(hub.requests.count == 1)
        }
    }

    @Test func unknownRepositoryIsNamed() async throws {
        let failure = try await failure(listing: .status(404))
        #expect(failure?.description == "The hub has no repository 'owner/model' at revision 'main'. Check the spelling of both.")
    }

    @Test(arguments: [
        "../evil", "a/../../evil", "/etc/evil", "a\\..\\evil", "a\0b", "", ".", "a//b", "a/", "line\nbreak", "model.part", ".atelier-hashes.json", "t5/.atelier-hashes.json",
        "a/\u{2e}\u{2e}/b", "../\u{301}evil", String(repeating: "a", count: 250),
    ]) func nameOutsideTheDirectoryIsRefused(name: String) async throws {
        var file = repository.files[0].entry
        file["path"] = name
        let failure = try await failure(listing: TestRepository.listing([repository.files[1].entry, file]))
        guard case .unsafeFileName("owner/model", name, _) = failure else { Issue.record("\(String(describing: failure))"); return }
    }

    @Test(arguments: [
        "", "{", "{}", "null", "[1]", "[{}]", #"[{"type":"file"}]"#, #"[{"type":"file","path":"a"}]"#, #"[{"type":"file","path":"a","size":-1}]"#,
        #"[{"type":"file","path":"a","size":1e300,"oid":"x"}]"#, #"[{"type":"file","path":"a","size":1,"oid":"x"}]"#,
        #"[{"type":"file","path":"a","size":1,"lfs":{"oid":"ff","size":1}}]"#, "<html>",
        #"[{"type":"file","path":"a","size":1,"oid":"\#(String(repeating: "a", count: 40))"},{"type":"file","path":"a","size":1,"oid":"\#(String(repeating: "a", count: 40))"}]"#,
    ]) func malformedListingIsRefused(text: String) async throws {
        let failure = try await failure(listing: TestHub.Reply(body: Array(text.utf8)))
        guard case .malformed("owner/model", _) = failure else { Issue.record("\(text): \(String(describing: failure))"); return }
    }

    @Test func listingThatContinuesElsewhereOrInCirclesIsRefused() async throws {
        for link in ["<http://localhost:1/x>; rel=\"next\"", "</api/models/owner/model/tree/main?recursive=true>; rel=\"next\""] {
            let failure = try await failure(listing: TestHub.Reply(headers: [("Link", link)], body: Array("[]".utf8)))
            guard case .malformed = failure else { Issue.record("\(link): \(String(describing: failure))"); return }
        }
    }

    @Test func filesLargerThanTheDiskAreNotBegun() async throws {
        var file = repository.files[0].entry
        file["lfs"] = ["oid": repository.files[0].sha256, "size": 1 << 60]
        var other = file
        other["path"] = "other"
        let failure = try await failure(listing: TestRepository.listing([file, other]))
        guard case .notEnoughSpace(_, needed: 1 << 61, _) = failure else { Issue.record("\(String(describing: failure))"); return }
    }

    @Test func twoPullsDoNotShareADirectory() async throws {
        let workspace = Workspace()
        try await TestHub.serving({ _ in .silence }) { hub in
            let first = Task { try await workspace.pull(from: hub.address) }
            while hub.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            #expect(await workspace.failure(from: hub.address) == .directoryInUse(workspace.path))
            first.cancel()
            _ = await first.result
        }
    }

    @Test func unusableAddressesTokensAndNamesAreRefused() {
        for address in ["", "huggingface.co", "ftp://hub", "https://", "https://a:b@hub", "https://hub?x=1", "https://hub#x"] {
            #expect(throws: ModelHubError.invalidAddress(address)) { try ModelHub(address: address, token: nil) }
        }
        #expect(throws: ModelHubError.invalidToken) { try ModelHub(address: "https://hub", token: "hf_a\r\nHost: evil") }
        for name in ["", "unoo", "a/b/c", "../b", "a/..", "a/b@", "a b/c", "a/b@x\n"] {
            #expect(throws: ModelHubError.unknownModel(name, known: HubModel.known.map(\.name))) { try HubModel.named(name) }
        }
    }
}
