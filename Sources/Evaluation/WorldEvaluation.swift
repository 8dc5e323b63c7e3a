import Checkpoints
public import Flux
import Foundation
public import Generation
import Imaging
import Readers
import Torch
import World

/// Draws held-out examples of the world with a model, reads the pictures, and writes scores: one process of perhaps several.
///
/// Readers and the autoencoder live on a thread of their own, as tensors must.
public actor WorldEvaluation {
    private let settings: EvaluationSettings
    private let generator: any ImageGenerator
    private let readerFolder: String
    private let model: ModelDirectory?
    private let threadCount: Int?
    private let thread = TorchThreadExecutor(name: "evaluation")
    private var scorer: PictureScorer?
    private var autoEncoder: AutoEncoder?

    /// - Parameters:
    ///   - generator: draws the pictures.
    ///   - model: whose autoencoder gives the ceiling of what can be drawn; nil leaves that out.
    ///   - readerFolder: with `reader.json`.
    ///   - threadCount: threads of the readers, on which the last digits of a score depend; nil leaves it to libtorch.
    public init(
        _ settings: EvaluationSettings, generator: any ImageGenerator, model: ModelDirectory?, readerFolder: String, threadCount: Int? = nil
    ) {
        self.settings = settings
        self.generator = generator
        self.model = model
        self.readerFolder = readerFolder
        self.threadCount = threadCount
    }

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// How far an evaluation is.
    public struct Progress: Sendable {
        /// Of this process's examples, those of earlier runs included.
        public let done, count: Int
        /// Examples that this run has drawn, and the seconds it took.
        public let drawn: Int
        public let seconds: Double

        /// Seconds to the end, at the pace so far.
        public var secondsLeft: Double { drawn == 0 ? .nan : Double(count - done) * seconds / Double(drawn) }
    }

    /// Does this process's part of the examples and writes the reports of all that is there.
    ///
    /// Examples that the folder has are not drawn again. Of processes that do not know of one another, the one that ends last
    /// reports on all examples; those that do begin, draw and report one after the other.
    ///
    /// - Parameters:
    ///   - rank: Which process this is, from 0; it takes every `rankCount`-th example.
    ///   - against: results to compare with.
    /// - Throws: `EvaluationError`, errors of the model and of its files.
    public func run(
        into path: String, resumes: Bool = false, rank: Int = 0, rankCount: Int = 1, against: EvaluationResults? = nil,
        progress: @Sendable (Progress) -> Void = { _ in }
    ) async throws -> (scores: Scores, comparison: Comparison?) {
        try begin(in: path, resumes: resumes)
        try await draw(into: path, rank: rank, rankCount: rankCount, progress: progress)
        return try report(on: path, against: against)
    }

    /// Takes the folder for these settings.
    ///
    /// - Throws: `EvaluationError` where it holds other results, or results that are not to be continued.
    public func begin(in path: String, resumes: Bool) throws {
        try settings.check()
        try EvaluationFolder.claim(path, settings, resumes: resumes)
    }

    /// Draws and reads the missing examples of one process's part, in a folder that was begun.
    public func draw(into path: String, rank: Int, rankCount: Int, progress: @Sendable (Progress) -> Void = { _ in }) async throws {
        guard rankCount >= 1, (0..<rankCount).contains(rank) else {
            throw EvaluationError.setting(name: "rank", value: "\(rank) of \(rankCount)", expected: "0 up to one less than the number of processes")
        }
        try load()
        let folder = try EvaluationFolder(path: path, settings, resumes: true, rank: rank)
        let finished = Set(try folder.results().records.map(\.index))
        let own = Array(stride(from: rank, to: settings.count, by: rankCount)), missing = own.filter { !finished.contains($0) }
        let world = try settings.world(), clock = ContinuousClock(), start = clock.now
        for (drawn, index) in missing.enumerated() {
            progress(Progress(
                done: own.count - missing.count + drawn, count: own.count, drawn: drawn, seconds: (clock.now - start) / .seconds(1)))
            let request = settings.request(world.example(at: index))
            let picture = try await picture(request)
            try PictureFile.write(picture, to: folder.picture(index))
            try folder.add(record(world, index, picture, seed: request.seed))
        }
        progress(Progress(done: own.count, count: own.count, drawn: missing.count, seconds: (clock.now - start) / .seconds(1)))
    }

    /// Writes the reports of all examples that the folder has.
    public func report(on path: String, against: EvaluationResults? = nil) throws -> (scores: Scores, comparison: Comparison?) {
        let all = try EvaluationResults(folder: path)
        let results = EvaluationResults(folder: all.folder, settings: settings, records: all.records.filter { $0.index < settings.count })
        let report = try EvaluationReport(results, against: against)
        try report.write()
        return (report.scores, report.comparison)
    }

    private func picture(_ request: GenerationRequest) async throws -> PixelImage {
        for try await event in generator.generate(request, dump: nil) {
            if case .finished(let result) = event { return result.image }
        }
        // A stream ends without a picture only when its task was cancelled.
        throw CancellationError()
    }

    // MARK: reading

    private func load() throws {
        if let threadCount { TorchRuntime.threadCount = threadCount }
        scorer = PictureScorer(try Reader(folder: readerFolder))
        guard let model else { return }
        let configuration = model.description.autoencoder ?? .flux
        autoEncoder = try ParameterScope.load(FluxCheckpoint.autoEncoder(model.file(model.description.files.autoencoder)), dtype: .float32) {
            try AutoEncoder(configuration, at: $0)
        }.model
    }

    private func record(_ world: PictureWorld, _ index: Int, _ picture: PixelImage, seed: UInt64) throws -> ExampleRecord {
        guard let scorer else { throw CancellationError() }
        return try withoutGradients {
            let task = try scorer.task(world, at: index)
            return try scorer.record(task, made: picture, roundTrip: roundTrip(task.example.target), seed: seed)
        }
    }

    /// The picture as the autoencoder gives it back, from the means of its latents.
    private func roundTrip(_ picture: PixelImage) throws -> PixelImage? {
        guard let autoEncoder else { return nil }
        let moments = try autoEncoder.moments(of: Tensor.autoEncoderInput(picture))
        return try autoEncoder.decode(autoEncoder.latents(from: moments, draw: nil)).pixelImage()
    }
}
