import ModelHub
import NIOHTTP1
import Testing

@Suite(.timeLimit(.minutes(15))) struct PullTests {
    private let repository = TestRepository([
        .init(path: "config.json", bytes: Array("{}".utf8)),
        .init(path: "weights/model 1.safetensors", bytes: content(300_000), isLarge: true),
        .init(path: "empty", bytes: []),
    ])

    /// A hub that also accepts the encoded form of the names above.
    private func answer(_ request: TestHub.Request) -> TestHub.Reply {
        if request.path == "/owner/model/resolve/main/weights/model%201.safetensors" { return TestRepository.content(repository.files[1].bytes, request) }
        return repository.reply(to: request)
    }

    @Test func everyFileArrivesByteForByteAndNothingElse() async throws {
        let workspace = Workspace()
        try await TestHub.serving(answer) { hub in
            try await workspace.pull(from: hub.address + "/")
            #expect(hub.requests(repository.listingPath).first?.query == "recursive=true")
        }
        #expect(workspace.files == ["config.json", "empty", "weights/model 1.safetensors"])
        for file in repository.files { #expect(workspace.holds(file.path, file.bytes)) }
    }

    @Test func eventsTellTheWholeStory() async throws {
        let workspace = Workspace()
        try await TestHub.serving(answer) { try await workspace.pull(from: $0.address, include: ["config.json"]) }
        #expect(
            workspace.events.filter { if case .progress(_, let done, let total) = $0 { done == total } else { true } } == [
                .listed(files: 1, bytes: 2), .began(file: "config.json", bytes: 2), .progress(file: "config.json", done: 2, of: 2),
                .verifying(file: "config.json", bytes: 2), .verified(file: "config.json"), .finished(directory: workspace.path),
            ])
    }

    @Test func secondPullFetchesNothing() async throws {
        let workspace = Workspace()
        try await TestHub.serving(answer) { hub in
            try await workspace.pull(from: hub.address)
            let count = hub.requests.count
            try await workspace.pull(from: hub.address)
            #expect(hub.requests.count == count + 1)
        }
        #expect(workspace.events.filter { if case .present = $0 { true } else { false } }.count == 3)
    }

    @Test func damagedFileOfTheRightSizeIsFetchedAgain() async throws {
        let workspace = Workspace()
        try workspace.write(Array("[]".utf8), "config.json")
        try await TestHub.serving(answer) { try await workspace.pull(from: $0.address) }
        #expect(workspace.bytes("config.json") == Array("{}".utf8))
    }

    @Test func patternsChooseFilesAndMustMatch() async throws {
        let workspace = Workspace()
        try await TestHub.serving(answer) { hub in
            try await workspace.pull(from: hub.address, include: ["*.safetensors"])
            #expect(workspace.files == ["weights/model 1.safetensors"])
            #expect(await workspace.failure(from: hub.address, include: ["*.bin"]) == .nothingMatches(pattern: "*.bin", source: "owner/model"))
        }
    }

    @Test func listingContinuesOverPages() async throws {
        let workspace = Workspace()
        let files = (0..<5).map { TestRepository.File(path: "file\($0)", bytes: [UInt8($0)]) }
        let repository = TestRepository(files)
        try await TestHub.serving { request in
            guard request.path == repository.listingPath else { return repository.reply(to: request) }
            let page = Int(request.query.split(separator: "cursor=").last ?? "") ?? 0
            var reply = TestRepository.listing(files[page * 2..<min(page * 2 + 2, 5)].map(\.entry))
            let host = request.headers.first(name: "Host") ?? ""
            if page < 2 { reply.headers = [("Link", "<http://\(host)\(request.path)?recursive=true&cursor=\(page + 1)>; rel=\"next\"")] }
            return reply
        } _: { hub in
            try await workspace.pull(from: hub.address)
            #expect(hub.requests(repository.listingPath).count == 3)
        }
        #expect(workspace.files == files.map(\.path))
    }

    /// A known set: its own repositories beside those of the base, and what comes of them.
    struct KnownSet: CustomTestStringConvertible, Sendable {
        let name: String
        let repositories: [String: [String]]
        let files: [String]
        var testDescription: String { name }

        static let all = [
            KnownSet(name: "uno", repositories: ["bytedance-research/UNO": ["dit_lora.safetensors", "README.md"]], files: ["dit_lora.safetensors"]),
            KnownSet(
                name: "uso",
                repositories: [
                    "bytedance-research/USO": ["uso_flux_v1.0/dit_lora.safetensors", "uso_flux_v1.0/projector.safetensors", "assets/teaser.webp"],
                    "google/siglip-so400m-patch14-384": ["config.json", "preprocessor_config.json", "model.safetensors", "spiece.model"],
                ],
                files: [
                    "siglip/config.json", "siglip/model.safetensors", "siglip/preprocessor_config.json", "uso_flux_v1.0/dit_lora.safetensors",
                    "uso_flux_v1.0/projector.safetensors",
                ]),
            KnownSet(
                name: "dreamo",
                repositories: [
                    "ByteDance/DreamO": [
                        "dreamo.safetensors", "dreamo_cfg_distill.safetensors", "dreamo_quality_lora_pos.safetensors",
                        "v1.1/dreamo_dpo_lora.safetensors", "v1.1/dreamo_sft_lora.safetensors",
                    ],
                    "alimama-creative/FLUX.1-Turbo-Alpha": ["diffusion_pytorch_model.safetensors", "README.md"],
                    "PramaLLC/BEN2": ["BEN2_Base.pth", "BEN2_Base.onnx"],
                ],
                files: [
                    "BEN2_Base.pth", "diffusion_pytorch_model.safetensors", "dreamo.safetensors", "dreamo_cfg_distill.safetensors",
                    "v1.1/dreamo_dpo_lora.safetensors", "v1.1/dreamo_sft_lora.safetensors",
                ]),
        ]
    }

    @Test(arguments: KnownSet.all) func aKnownSetComesFromItsRepositoriesIntoTheLayoutThatLoads(set: KnownSet) async throws {
        let workspace = Workspace()
        let base = [
            "black-forest-labs/FLUX.1-dev": ["flux1-dev.safetensors", "ae.safetensors", "dev_grid.jpg"],
            "xlabs-ai/xflux_text_encoders": ["config.json", "spiece.model"],
            "openai/clip-vit-large-patch14": ["config.json", "model.safetensors", "vocab.json", "merges.txt", "tf_model.h5"],
        ]
        let repositories = base.merging(set.repositories) { $1 }.map { TestRepository($0, $1.map(file)) }
        try await TestHub.serving { request in
            repositories.lazy.map { $0.reply(to: request) }.first { $0.status != 404 } ?? .status(404)
        } _: { try await workspace.pull(.named(set.name), from: $0.address) }
        let files = [
            "ae.safetensors", "clip/config.json", "clip/merges.txt", "clip/model.safetensors", "clip/vocab.json", "flux1-dev.safetensors",
            "t5/config.json", "t5/spiece.model",
        ]
        #expect(workspace.files == (files + set.files).sorted())
    }

    @Test func knownSetLackingAFileIsRefusedBeforeAnyDownload() async throws {
        let repository = TestRepository("black-forest-labs/FLUX.1-dev", [file("ae.safetensors")])
        let workspace = Workspace()
        let failure = try await TestHub.serving({ repository.reply(to: $0) }) { await workspace.failure(.uno, from: $0.address) }
        #expect(failure == .nothingMatches(pattern: "flux1-dev.safetensors", source: "black-forest-labs/FLUX.1-dev"))
        #expect(workspace.files.isEmpty)
    }

    private func file(_ path: String) -> TestRepository.File { .init(path: path, bytes: Array(path.utf8), isLarge: path.hasSuffix("safetensors")) }
}
