import Evaluation
import Foundation
import Generation
import Imaging
import Synchronization
import Torch
import World

/// A folder that is gone after the test.
final class TemporaryFolder {
    private let url: URL

    init() { url = FileManager.default.temporaryDirectory.appendingPathComponent("evaluation-\(UUID().uuidString)") }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func text(_ name: String) throws -> String { try String(contentsOf: url.appendingPathComponent(name), encoding: .utf8) }
}

/// The reader that comes with the project.
let shippedReader = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Models/reader").standardized.path

/// "Draws" the true picture, or one that is wrong in a known way.
final class RenderingGenerator: ImageGenerator {
    enum Fault: Sendable {
        case none
        /// Other toys of the same kinds.
        case strangers
        /// The two toys in each other's place.
        case exchanged
        /// The first toy twice.
        case doubled
        /// One toy less.
        case missing
    }

    private let world: PictureWorld
    private let fault: Fault
    private let drawn = Mutex<[Int]>([])
    /// Indices of the examples asked for.
    var indices: [Int] { drawn.withLock { $0 } }

    init(_ settings: EvaluationSettings, _ fault: Fault = .none) throws {
        world = try settings.world()
        self.fault = fault
    }

    func generate(_ request: GenerationRequest, dump: DumpFile?) -> AsyncThrowingStream<GenerationEvent, any Error> {
        // With the seed 0 the noise's seed is the example's index.
        let index = Int(request.seed)
        drawn.withLock { $0.append(index) }
        let picture = picture(index)
        return AsyncThrowingStream { continuation in
            continuation.yield(.finished(GenerationResult(image: picture, request: request, execution: ExecutionOptions(), seconds: 0)))
            continuation.finish()
        }
    }

    private func picture(_ index: Int) -> PixelImage {
        var scene = world.scene(at: index)
        switch fault {
        case .none: break
        case .strangers:
            for subject in scene.subjects.indices {
                // The eighth; the scores compare with the first seven.
                if let other = world.decoys(at: index, subject: subject, count: 8).last { scene.subjects[subject].identity = other.identity }
            }
        case .exchanged:
            let identity = scene.subjects[0].identity
            scene.subjects[0].identity = scene.subjects[1].identity
            scene.subjects[1].identity = identity
        case .doubled: scene.subjects[1].identity = scene.subjects[0].identity
        case .missing: scene.subjects.removeLast()
        }
        return scene.drawn(size: world.settings.pictureSize).picture
    }
}

/// Settings, one run of them, and its scores.
func evaluated(
    _ references: Int, count: Int, _ fault: RenderingGenerator.Fault = .none, into path: String, against: EvaluationResults? = nil
) async throws -> (scores: Scores, comparison: Comparison?) {
    var settings = EvaluationSettings()
    settings.references = references
    settings.count = count
    // Networks this small lose more to waiting for one another than threads gain them.
    TorchRuntime.threadCount = 1
    let generator = try RenderingGenerator(settings, fault)
    return try await WorldEvaluation(settings, generator: generator, model: nil, readerFolder: shippedReader).run(into: path, against: against)
}
