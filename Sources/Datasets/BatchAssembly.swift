internal import Imaging
internal import Synchronization

/// A batch with what happened while it was made.
struct AssembledBatch: Sendable {
    let batch: TrainingBatch
    /// Examples in it that stand in for others.
    let replacedCount: Int
    /// Every example that failed on the way, also among the stand-ins.
    let failures: [LoaderReport.Failure]
}

/// Makes batches: a function of the batch number and the data alone, called from any worker thread.
struct BatchAssembly: Sendable {
    private let source: any ExampleSource
    private let plan: BatchPlan
    private let targetBuckets: BucketTable
    private let referenceBuckets: BucketTable
    private let flipProbability: Double
    private let known = KnownFailures()

    /// Unreadable stand-ins in a row after which the data is given up.
    private static let replacementLimit = 100
    /// How far a stand-in is looked for in an endless source.
    private static let endlessSearchLimit = 10_000

    init(_ source: any ExampleSource, _ plan: BatchPlan, _ settings: LoaderSettings) throws(DatasetsError) {
        try settings.check()
        self.source = source
        self.plan = plan
        targetBuckets = try BucketTable(resolution: settings.resolution)
        referenceBuckets = try BucketTable(resolution: settings.referenceResolution ?? settings.resolution)
        flipProbability = settings.flipProbability
    }

    /// The batch of that number, or nil where `isCancelled` became true meanwhile.
    func batch(_ number: Int, isCancelled: () -> Bool) throws -> AssembledBatch? {
        let planned = plan.batch(number)
        let counts = planned.indices.map(source.referenceCount(at:))
        guard counts.allSatisfy({ $0 == counts.first }) else { throw DatasetsError.mixedReferenceCounts(batch: number, counts: counts) }
        var examples: [TrainingExample] = [], failures: [LoaderReport.Failure] = [], replacedCount = 0
        for index in planned.indices {
            if isCancelled() { return nil }
            let failuresBefore = failures.count
            let (found, example) = try example(at: index, &failures)
            if failures.count > failuresBefore { replacedCount += 1 }
            examples.append(isMirrored(found, epoch: planned.epoch) ? example.mirrored() : example)
        }
        return AssembledBatch(batch: assembled(number, examples), replacedCount: replacedCount, failures: failures)
    }

    // MARK: Examples

    /// The example at `index`, or the next readable one with as many references, in the order of the source and round its end.
    private func example(at index: Int, _ failures: inout [LoaderReport.Failure]) throws -> (index: Int, TrainingExample) {
        let referenceCount = source.referenceCount(at: index)
        var tried = 0
        for step in 0..<(source.count ?? Self.endlessSearchLimit) {
            let candidate = source.count.map { (index + step) % $0 } ?? index + step
            guard source.referenceCount(at: candidate) == referenceCount else { continue }
            switch attempt(candidate, referenceCount) {
            case .success(let example): return (candidate, example)
            case .failure(let failure): failures.append(failure.value)
            }
            tried += 1
            if tried == Self.replacementLimit { break }
        }
        throw DatasetsError.noReplacement(referenceCount: referenceCount, tried: tried, last: failures.last?.reason ?? "")
    }

    private func attempt(_ index: Int, _ referenceCount: Int) -> Result<TrainingExample, FailedExample> {
        if let reason = known[index] { return .failure(FailedExample(value: .init(index: index, reason: reason))) }
        do {
            let example = try source.example(at: index)
            guard example.references.count == referenceCount else {
                throw DatasetsError.referenceCount(name: example.name, promised: referenceCount, found: example.references.count)
            }
            for mask in example.subjectMasks where mask.layout != .gray || mask.size != example.target.size {
                let problem = "a subject mask is \(mask.size) \(mask.layout.rawValue), the target \(example.target.size)"
                throw DatasetsError.subjectMask(name: example.name, problem: problem)
            }
            return .success(example)
        } catch {
            let reason = String(describing: error)
            known.add(index, reason)
            return .failure(FailedExample(value: .init(index: index, reason: reason)))
        }
    }

    private func isMirrored(_ index: Int, epoch: Int) -> Bool {
        guard flipProbability > 0 else { return false }
        var random = SeededOrder(plan.seed, 0x666C_6970, UInt64(epoch), UInt64(index))
        return random.fraction() < flipProbability
    }

    // MARK: Pictures

    private func assembled(_ number: Int, _ examples: [TrainingExample]) -> TrainingBatch {
        let targets = examples.map(\.target)
        let size = targetBuckets.bucket(for: targets.map(\.size))
        let references = (0..<(examples.first?.references.count ?? 0)).map { place in
            let pictures = examples.map { $0.references[place] }
            return PicturePlanes(pictures, size: referenceBuckets.bucket(for: pictures.map(\.size)))
        }
        return TrainingBatch(
            number: number, names: examples.map(\.name), prompts: examples.map(\.prompt),
            target: PicturePlanes(targets, size: size), references: references, coverage: coverage(examples, size: size),
            scenes: examples.allSatisfy { $0.scene != nil } ? examples.compactMap(\.scene) : [])
    }

    /// The largest of the subject masks at every pixel, resized as the targets are; empty where an example has none.
    private func coverage(_ examples: [TrainingExample], size: PixelSize) -> [Float] {
        guard examples.allSatisfy({ !$0.subjectMasks.isEmpty }) else { return [] }
        return examples.flatMap { example in
            let first = example.subjectMasks[0]
            let union = example.subjectMasks.dropFirst().reduce(first.pixels) { union, mask in zip(union, mask.pixels).map(max) }
            let picture = PixelImage(width: first.width, height: first.height, layout: first.layout, pixels: union)
            return FloatResize(from: picture.size, to: size)(picture, values: PicturePlanes.shares)
        }
    }
}

private struct FailedExample: Error {
    let value: LoaderReport.Failure
}

/// Examples that failed once are not read again: every later epoch would only find the same.
private final class KnownFailures: Sendable {
    private let reasons = Mutex<[Int: String]>([:])

    subscript(index: Int) -> String? { reasons.withLock { $0[index] } }

    func add(_ index: Int, _ reason: String) { reasons.withLock { $0[index] = reason } }
}

extension TrainingExample {
    /// Left and right exchanged in all pictures; a scene's description would then be wrong.
    fileprivate func mirrored() -> TrainingExample {
        TrainingExample(
            name: name, prompt: prompt, target: target.mirrored(), references: references.map { $0.mirrored() },
            subjectMasks: subjectMasks.map { $0.mirrored() })
    }
}

extension PixelImage {
    fileprivate func mirrored() -> PixelImage {
        var result: [UInt8] = []
        result.reserveCapacity(pixels.count)
        for y in 0..<height {
            for x in (0..<width).reversed() {
                let start = (y * width + x) * channelCount
                for channel in 0..<channelCount { result.append(pixels[start + channel]) }
            }
        }
        return PixelImage(width: width, height: height, layout: layout, pixels: result, isIndexed: isIndexed)
    }
}
