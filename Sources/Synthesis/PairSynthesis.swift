import Foundation
public import Generation
import Imaging
import Torch

/// Makes pairs to train on: a model draws the subjects of pictures again in other scenes, and an encoder says which drawings still
/// show them.
///
/// Processes that share a folder do the three steps one after the other, each together: the first begins, all draw their parts, the
/// first finishes. What comes out depends neither on their number nor on interruptions.
///
/// Source: UNO, arXiv 2504.02160, "model-data co-evolution".
public actor PairSynthesis {
    private let settings: SynthesisSettings
    private let scenes: any SceneSource
    private let count: Int
    private let folder: SynthesisFolder
    private let generator: any ImageGenerator
    private let makeEncoder: @Sendable () throws -> any SubjectEncoder
    private let thread = TorchThreadExecutor(name: "synthesis")
    private var encoder: (any SubjectEncoder)?

    /// - Parameters:
    ///   - count: scenes to take, from the first on; nil: all.
    ///   - generator: draws; not asked where crops are used, as is the encoder.
    ///   - encoder: makes the encoder, on the thread that it stays on.
    /// - Throws: `SynthesisError.setting`.
    public init(
        _ settings: SynthesisSettings, scenes: any SceneSource, count: Int?, folder: String, generator: any ImageGenerator,
        encoder: @escaping @Sendable () throws -> any SubjectEncoder
    ) throws {
        try settings.check()
        guard let count = [count, scenes.count].compactMap({ $0 }).min(), count >= 1 else {
            throw SynthesisError.setting(name: "count", value: count.map { "\($0)" } ?? "missing", expected: "1 or more; scenes of the world have no end")
        }
        self.settings = settings
        self.scenes = scenes
        self.count = count
        self.folder = SynthesisFolder(path: folder)
        self.generator = generator
        makeEncoder = encoder
    }

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// How far one process's part is.
    public struct Progress: Sendable {
        /// Of this process's scenes, those of earlier runs included.
        public let done, count: Int
        /// Scenes made in this run, and the seconds it took.
        public let made: Int
        public let seconds: Double
    }

    /// Takes the folder for these settings.
    ///
    /// - Throws: `SynthesisError` where it holds pairs of others, or pairs that are not to be continued.
    public func begin(resumes: Bool = false) throws {
        try folder.claim(scenes.origin, settings, count: count, resumes: resumes)
    }

    /// Makes what is missing of every `rankCount`-th scene. A scene that cannot be read is noted and left out.
    public func draw(rank: Int = 0, rankCount: Int = 1, progress: @Sendable (Progress) -> Void = { _ in }) async throws {
        let own = Array(stride(from: rank, to: count, by: rankCount)), missing = own.filter { folder.finished($0) == nil }
        // What cannot be loaded is told before anything is drawn.
        if !settings.usesCrops, !missing.isEmpty { _ = try loadedEncoder() }
        let clock = ContinuousClock(), start = clock.now
        func report(_ made: Int) {
            progress(Progress(done: own.count - missing.count + made, count: own.count, made: made, seconds: (clock.now - start) / .seconds(1)))
        }
        for (made, index) in missing.enumerated() {
            report(made)
            try Task.checkCancellation()
            try folder.add(try await record(index))
        }
        report(missing.count)
    }

    /// Filters the pairs of all scenes and writes the lists and the report.
    ///
    /// - Throws: `SynthesisError.nothingKept`.
    public func finish(keeping rule: KeepRule) throws -> SynthesisSummary {
        let records = (0..<count).compactMap { folder.read($0) }, pairs = records.flatMap { SynthesizedPair.pairs(of: $0, settings) }
        let kept = rule.kept(pairs.map(\.similarity)), summary = SynthesisSummary(records, pairs, kept: kept)
        try folder.write(SynthesisFolder.json(summary), to: "summary.json")
        try folder.write(Data(SynthesisPage(settings, summary, pairs, kept: Set(kept)).html.utf8), to: "report.html")
        guard !kept.isEmpty else {
            // Lists of another rule would be taken for this one's.
            for name in ["train.json", "crops.json"] { folder.remove(name) }
            let best = summary.similarity.map { "the most similar has \(SynthesisPage.short($0.highest))" }
            throw SynthesisError.nothingKept(folder: folder.path, problem: best ?? summary.problems.first ?? "there are none")
        }
        try folder.write(SynthesisFolder.json(kept.map { pairs[$0].entry }), to: "train.json")
        if settings.product == .references, !settings.usesCrops {
            try folder.write(SynthesisFolder.json(kept.map { pairs[$0].cropEntry }), to: "crops.json")
        }
        return summary
    }

    // MARK: One scene

    private func record(_ index: Int) async throws -> SceneRecord {
        let scene: SubjectScene, crops: [PixelImage?]
        do {
            scene = try scenes.scene(at: index)
            crops = try scene.subjects.map { subject in
                if subject.reference != nil { return nil }
                guard let crop = subject.box.crop(of: scene.picture, margin: settings.margin) else {
                    throw SynthesisError.subject(picture: scene.name, name: subject.name, problem: "its box shows nothing of the picture")
                }
                return crop
            }
        } catch {
            return SceneRecord(index: index, name: "scene \(index)", prompt: "", target: "", subjects: [], problem: "\(error)")
        }
        var subjects: [SubjectRecord] = []
        for (number, crop) in crops.enumerated() {
            let subject = scene.subjects[number]
            if let crop { subjects.append(try await self.subject(number, crop, scene, index)) }
            if let reference = subject.reference { subjects.append(SubjectRecord(name: subject.name, crop: reference)) }
        }
        let target = if let file = scene.file { file } else { try folder.write(scene.picture, index, "target") }
        return SceneRecord(index: index, name: scene.name, prompt: scene.prompt, target: target, subjects: subjects)
    }

    private func subject(_ number: Int, _ crop: PixelImage, _ scene: SubjectScene, _ index: Int) async throws -> SubjectRecord {
        let (name, box) = (scene.subjects[number].name, scene.subjects[number].box)
        var record = SubjectRecord(name: name, crop: try folder.write(crop, index, "crop\(number)"))
        if settings.usesCrops { return record }
        let reference = Reference(name: "\(scene.name), \(name)", image: crop)
        var drawings: [PixelImage] = [], requests: [GenerationRequest] = []
        for attempt in 0..<settings.tryCount {
            let request = settings.request(reference, scene, at: index, subject: number, attempt: attempt)
            drawings.append(try await drawing(request))
            requests.append(request)
        }
        let views = [SubjectView(picture: scene.picture, box: box)] + drawings.map { SubjectView(picture: $0, box: nil) }
        let embeddings = try loadedEncoder().embeddings(of: views)
        record.tries = zip(requests, embeddings.dropFirst()).map { request, embedding in
            .init(prompt: request.prompt, seed: request.seed, similarity: Similarity.cosine(embeddings[0], embedding))
        }
        if let best = record.best, let place = record.tries.firstIndex(of: best) {
            record.drawing = try folder.write(drawings[place], index, "ref\(number)")
        }
        return record
    }

    private func drawing(_ request: GenerationRequest) async throws -> PixelImage {
        for try await event in generator.generate(request, dump: nil) {
            if case .finished(let result) = event { return result.image }
        }
        // A stream ends without a picture only when its task was cancelled.
        throw CancellationError()
    }

    private func loadedEncoder() throws -> any SubjectEncoder {
        if let encoder { return encoder }
        let encoder = try makeEncoder()
        self.encoder = encoder
        return encoder
    }
}
