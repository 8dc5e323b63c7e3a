import Foundation
import Generation
import Imaging
import Synchronization
import Synthesis
import World

/// A folder that is gone after the test.
final class TemporaryFolder {
    private let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("synthesis-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func text(_ name: String) throws -> String { try String(contentsOf: url.appendingPathComponent(name), encoding: .utf8) }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: url.appendingPathComponent(name))
        return path(name)
    }

    /// Every file below a folder by its path in it.
    func files(_ name: String) throws -> [String: Data] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: path(name))
        return Dictionary(uniqueKeysWithValues: names.compactMap { file in
            FileManager.default.contents(atPath: path("\(name)/\(file)")).map { (file, $0) }
        })
    }
}

/// The reader that comes with the project.
let shippedReader = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Models/reader").standardized.path

/// Two toys each, of the world.
func twoToys(size: Int = 64) throws -> WorldScenes {
    try WorldScenes(WorldSettings(pictureSize: size, referenceSize: size, seed: 3, tasks: .only(.twoSubjects)))
}

/// "Draws" the toy that a crop was cut from alone in another place; where the seed is odd, another toy of the same kind.
final class RedrawingGenerator: ImageGenerator {
    private let scenes: WorldScenes
    /// Fails with `Stopped` once so many pictures are drawn.
    private let limit: Int
    private let drawn = Mutex<[GenerationRequest]>([])
    var requests: [GenerationRequest] { drawn.withLock { $0 } }

    struct Stopped: Error {}
    struct UnknownReference: Error {}

    init(_ scenes: WorldScenes, limit: Int = .max) {
        self.scenes = scenes
        self.limit = limit
    }

    static func isHonest(_ seed: UInt64) -> Bool { seed.isMultiple(of: 2) }

    func generate(_ request: GenerationRequest, dump: DumpFile?) -> AsyncThrowingStream<GenerationEvent, any Error> {
        AsyncThrowingStream { continuation in
            do {
                let count = drawn.withLock { drawn in
                    drawn.append(request)
                    return drawn.count
                }
                if count > limit { throw Stopped() }
                let picture = try picture(request)
                continuation.yield(.finished(GenerationResult(image: picture, request: request, execution: ExecutionOptions(), seconds: 0)))
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
    }

    /// Knows the toy by what was cut out, as the request names only the scene.
    private func picture(_ request: GenerationRequest) throws -> PixelImage {
        guard let reference = request.references.first, let index = reference.name.firstMatch(of: /world (\d+)/).flatMap({ Int($0.1) }) else {
            throw UnknownReference()
        }
        let example = scenes.world.example(at: index)
        let subject = example.subjects.indices.first { number in
            SubjectBox(around: example.masks[number])?.crop(of: example.target, margin: SynthesisSettings().margin) == reference.image
        }
        guard let subject else { throw UnknownReference() }
        let size = scenes.world.settings.pictureSize
        let alone = try PictureWorld(WorldSettings(pictureSize: size, referenceSize: size, seed: request.seed, tasks: .only(.oneSubject)))
        var scene = alone.scene(at: 0)
        let stranger = scenes.world.decoys(at: index, subject: subject, count: 1)[0]
        scene.subjects[0].identity = Self.isHonest(request.seed) ? example.subjects[subject].identity : stranger.identity
        return scene.drawn(size: size).picture
    }
}

/// Tells pictures by their mean colour: quick, and right often enough to have an order.
struct ColourEncoder: SubjectEncoder {
    func embeddings(of views: [SubjectView]) throws -> [[Float]] {
        views.map { view in
            let picture = view.box?.crop(of: view.picture, margin: 0) ?? view.picture
            return (0..<3).map { channel in
                let values = stride(from: channel, to: picture.pixels.count, by: 3).map { Float(picture.pixels[$0]) - 128 }
                return values.reduce(0, +) / Float(values.count)
            }
        }
    }
}

/// Settings of small runs.
func quickSettings(tries: Int = 2) -> SynthesisSettings {
    var settings = SynthesisSettings()
    settings.tryCount = tries
    settings.model = "tiny"
    return settings
}

extension PairSynthesis {
    /// All three steps in one process.
    func run(resumes: Bool = false, keeping rule: KeepRule = .share(0.5)) async throws -> SynthesisSummary {
        try begin(resumes: resumes)
        try await draw()
        return try finish(keeping: rule)
    }
}
