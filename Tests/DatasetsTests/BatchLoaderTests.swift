import Datasets
import Foundation
import Imaging
import Synchronization
import Testing

/// Examples made of their index, slow by turns, some of them unreadable.
final class Drawn: ExampleSource {
    let count: Int?
    let referenceCounts: [Int]
    let bad: Set<Int>
    let isSlow: Bool
    let calls = Mutex(0)

    init(_ count: Int? = 40, referenceCounts: [Int] = [1], bad: Set<Int> = [], isSlow: Bool = false) {
        (self.count, self.referenceCounts, self.bad, self.isSlow) = (count, referenceCounts, bad, isSlow)
    }

    func referenceCount(at index: Int) -> Int { referenceCounts[index % referenceCounts.count] }

    func example(at index: Int) throws -> TrainingExample {
        calls.withLock { $0 += 1 }
        // Neighbours differ, so that with several workers later batches are often done first.
        if isSlow { usleep(UInt32(index * 7919 % 5) * 1500) }
        if bad.contains(index) { throw ImagingError.emptyFile(path: "picture \(index)") }
        let masks = [0, 255].map { PixelImage(width: 40, height: 30, layout: .gray, pixels: [UInt8](repeating: $0, count: 1200)) }
        return TrainingExample(
            name: "drawn \(index)", prompt: "prompt \(index)", target: .pattern(40, 30, index),
            references: (0..<referenceCount(at: index)).map { .pattern(20, 30, index + $0 + 1) }, subjectMasks: masks)
    }
}

struct BatchLoaderTests {
    private func batches(_ loader: BatchLoader) throws -> [TrainingBatch] {
        var batches: [TrainingBatch] = []
        while let batch = try loader.next() { batches.append(batch) }
        return batches
    }

    private func load(
        _ source: Drawn, _ settings: LoaderSettings = LoaderSettings(resolution: 32), batchSize: Int = 3, rank: Int = 0, rankCount: Int = 1,
        from first: Int = 0, to end: Int = 20
    ) throws -> [TrainingBatch] {
        let plan = try BatchPlan(source, batchSize: batchSize, rank: rank, rankCount: rankCount, seed: 11)
        return try batches(BatchLoader(source, plan, settings, startingAt: first, endingBefore: end))
    }

    @Test func batchesHoldWhatThePlanNames() throws {
        let source = Drawn(referenceCounts: [2, 0])
        let plan = try BatchPlan(source, batchSize: 3, seed: 11)
        let loaded = try load(source, LoaderSettings(resolution: 64, referenceResolution: 32))
        #expect(loaded.map(\.number) == Array(0..<20))
        for batch in loaded {
            let indices = plan.batch(batch.number).indices
            #expect(batch.names == indices.map { "drawn \($0)" } && batch.prompts == indices.map { "prompt \($0)" })
            let table = try BucketTable(resolution: 64), references = try BucketTable(resolution: 32)
            let size = table.bucket(for: [PixelSize(width: 40, height: 30)])
            #expect(batch.target == PicturePlanes(indices.map { .pattern(40, 30, $0) }, size: size))
            #expect(batch.references.count == source.referenceCount(at: indices[0]))
            for (place, planes) in batch.references.enumerated() {
                let size = references.bucket(for: [PixelSize(width: 20, height: 30)])
                #expect(planes == PicturePlanes(indices.map { .pattern(20, 30, $0 + place + 1) }, size: size))
            }
            expectClose(batch.coverage, [Float](repeating: 1, count: 3 * size.area), within: 1e-6, "the union of an empty and a full mask")
        }
    }

    @Test(arguments: [(1, 1), (2, 4), (5, 2), (8, 16)]) func workersDoNotChangeTheBatches(workers: Int, lookAhead: Int) throws {
        let expected = try load(Drawn(bad: [3, 17, 18]))
        let settings = LoaderSettings(resolution: 32, workerCount: workers, lookAhead: lookAhead)
        let found = try load(Drawn(bad: [3, 17, 18], isSlow: true), settings)
        #expect(found == expected)
    }

    @Test(arguments: [1, 7, 13, 14, 19]) func resumedLoadingEqualsLoadingThrough(first: Int) throws {
        let source = Drawn(bad: [3, 17, 18])
        let through = try load(source)
        let resumed = try load(source, from: first)
        #expect(resumed == Array(through[first...]))
    }

    @Test func ranksLoadTheSlicesOfOneProcess() throws {
        let source = Drawn(referenceCounts: [1, 1, 2], bad: [5, 6])
        let whole = try load(source, batchSize: 4)
        let parts = try [0, 1].map { try load(source, batchSize: 2, rank: $0, rankCount: 2) }
        for number in whole.indices {
            #expect(parts[0][number].names + parts[1][number].names == whole[number].names)
            #expect(parts[0][number].target.values + parts[1][number].target.values == whole[number].target.values)
        }
    }

    // MARK: Bad examples

    @Test func badExamplesAreReplacedAndNamed() throws {
        let source = Drawn(12, referenceCounts: [1, 1, 2], bad: [3, 4, 5, 10])
        let plan = try BatchPlan(source, batchSize: 2, seed: 11)
        let loader = try BatchLoader(source, plan, LoaderSettings(resolution: 32, badShareLimit: 1), endingBefore: 12)
        var names: [String] = []
        while let batch = try loader.next() { names += batch.names }
        let standIns = [3: 6, 4: 6, 5: 8, 10: 0]  // the next ones with as many references, round the end
        let expected = (0..<12).flatMap { plan.batch($0).indices }.map { "drawn \(standIns[$0] ?? $0)" }
        #expect(names == expected)
        let report = loader.report
        #expect(report.batchCount == 12 && report.exampleCount == 24 && report.replacedCount == 8)
        #expect(report.badShare == 8.0 / 24)
        #expect(Set(report.failures.map(\.index)) == [3, 4, 5, 10] && report.failures.count == 4)
        #expect(report.failures.allSatisfy { $0.reason.contains("picture \($0.index)") })
    }

    @Test(arguments: [PictureFormat.jpeg, .png]) func damagedAndMissingFilesAreReplaced(format: PictureFormat) throws {
        let space = try Workspace()
        let path = try space.pairedList([1, 1, 1, 1, 1, 1], format: format)
        let whole = try space.bytes("2_target")
        try space.write(whole.prefix(whole.count / 2), to: "2_target")
        try FileManager.default.removeItem(atPath: space.file("4_ref0"))
        let source = try PairedFolder(path: path)
        let plan = try BatchPlan(source, batchSize: 3, seed: 2)
        let loader = try BatchLoader(source, plan, LoaderSettings(resolution: 32), endingBefore: 2)
        let prompts = Set(try batches(loader).flatMap(\.prompts))
        #expect(prompts == ["prompt 0", "prompt 1", "prompt 3", "prompt 5"])
        let reasons = loader.report.failures.sorted { $0.index < $1.index }.map(\.reason)
        #expect(reasons.count == 2 && reasons[0].contains("2_target") && reasons[1].contains("4_ref0"), "\(reasons)")
    }

    @Test(arguments: [1, 4]) func tooManyBadExamplesEndLoading(workers: Int) throws {
        let source = Drawn(40, bad: Set(0..<8))
        let plan = try BatchPlan(source, batchSize: 4, seed: 11)
        let loader = try BatchLoader(source, plan, LoaderSettings(resolution: 32, workerCount: workers))
        var count = 0
        let error = try #require(throws: DatasetsError.self) { while try loader.next() != nil { count += 1 } }
        #expect(count == 24, "one batch less than 100 examples, whatever the threads do")
        #expect("\(error)".contains("20 of 100 examples") && "\(error)".contains("10.0 %"), "\(error)")
        #expect(throws: error) { try loader.next() }
        let patient = try BatchLoader(source, plan, LoaderSettings(resolution: 32, badShareLimit: 0.5), endingBefore: 40)
        #expect(try batches(patient).count == 40)
    }

    @Test func dataWithoutAGoodExampleIsAnError() throws {
        let source = Drawn(6, referenceCounts: [1, 2], bad: [1, 3, 5])
        let error = try #require(throws: DatasetsError.self) { try load(source, batchSize: 1) }
        #expect("\(error)".contains("None of 3 examples with 2 references"), "\(error)")
        let endless = Drawn(nil, bad: Set(0..<1000))
        #expect(throws: DatasetsError.self) { try load(endless) }
    }

    @Test func endlessSourceMustFitTheBatch() throws {
        let source = Drawn(nil, referenceCounts: [1, 1, 2, 2])
        #expect(try load(source, batchSize: 2).count == 20)
        let error = #expect(throws: DatasetsError.self) { try load(source, batchSize: 3) }
        #expect(error == .mixedReferenceCounts(batch: 0, counts: [1, 1, 2]))
    }

    @Test func wrongReferenceCountIsABadExample() throws {
        struct Lying: ExampleSource {
            let inner = Drawn(10)
            var count: Int? { 10 }
            func referenceCount(at index: Int) -> Int { 1 }
            func example(at index: Int) throws -> TrainingExample {
                var example = try inner.example(at: index)
                if index == 4 { example.references.append(example.references[0]) }
                return example
            }
        }
        let loader = try BatchLoader(Lying(), BatchPlan(Lying(), batchSize: 1, seed: 0), LoaderSettings(resolution: 32), endingBefore: 10)
        #expect(try batches(loader).allSatisfy { $0.references.count == 1 })
        #expect(loader.report.failures.map(\.index) == [4])
    }

    // MARK: Mirroring

    @Test func mirroringFollowsFromSeedEpochAndIndex() throws {
        let settings = LoaderSettings(resolution: 32, flipProbability: 0.5)
        let first = try load(Drawn(), settings, batchSize: 1, to: 80)
        #expect(try load(Drawn(isSlow: true), settings, batchSize: 1, to: 80) == first)
        let plain = try load(Drawn(), batchSize: 1, to: 80)
        let mirrored = try load(Drawn(), LoaderSettings(resolution: 32, flipProbability: 1), batchSize: 1, to: 80)
        var flipped: [Bool] = []
        for number in 0..<80 {
            #expect(first[number] == plain[number] || first[number] == mirrored[number], "all pictures of an example together")
            flipped.append(first[number] == mirrored[number])
            let width = plain[number].target.width
            for row in stride(from: 0, to: plain[number].target.values.count, by: width) {
                let turned = Array(plain[number].target.values[row..<row + width].reversed())
                expectClose(Array(mirrored[number].target.values[row..<row + width]), turned, within: 1e-5)
            }
        }
        #expect((20...60).contains(flipped.count { $0 }))
        let byName = { (range: Range<Int>) in Dictionary(uniqueKeysWithValues: range.map { (first[$0].names[0], flipped[$0]) }) }
        #expect(byName(0..<40) != byName(40..<80), "another epoch, another choice")
    }

    // MARK: Threads

    @Test func cancellingEndsWorkersAndWaitingCalls() throws {
        let source = Drawn(isSlow: true)
        let loader = try BatchLoader(source, BatchPlan(source, batchSize: 4, seed: 0), LoaderSettings(resolution: 32))
        _ = try loader.next()
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            while (try? loader.next()) != nil {}
            ended.signal()
        }
        loader.cancel()
        #expect(loader.runningWorkerCount == 0)
        #expect(ended.wait(timeout: .now() + 5) == .success)
        let after = try loader.next()
        #expect(after == nil)
    }

    @Test func droppedLoadersEndTheirWorkers() throws {
        let source = Drawn(isSlow: true)
        for _ in 0..<5 {
            let loader = try BatchLoader(source, BatchPlan(source, batchSize: 2, seed: 0), LoaderSettings(resolution: 32, workerCount: 3))
            _ = try loader.next()
        }
        let calls = source.calls.withLock { $0 }
        usleep(30_000)
        #expect(source.calls.withLock { $0 } == calls, "no example is read once the loader is gone")
    }

    @Test func workersDoNotRunAhead() throws {
        let source = Drawn()
        let loader = try BatchLoader(source, BatchPlan(source, batchSize: 2, seed: 0), LoaderSettings(resolution: 32, workerCount: 4, lookAhead: 3))
        usleep(50_000)
        #expect(source.calls.withLock { $0 } <= 6, "three batches of two")
        _ = try loader.next()
        usleep(50_000)
        #expect(source.calls.withLock { $0 } <= 8)
    }

    @Test func reportCanBeReadMeanwhile() throws {
        let source = Drawn(bad: [1, 2])
        let loader = try BatchLoader(source, BatchPlan(source, batchSize: 1, seed: 0), LoaderSettings(resolution: 32), endingBefore: 200)
        let ended = DispatchSemaphore(value: 0)
        let watcher = Watcher()
        Thread.detachNewThread {
            var last = 0
            while !watcher.isDone {
                let count = loader.report.exampleCount
                #expect(count >= last)
                last = count
            }
            ended.signal()
        }
        #expect(try batches(loader).count == 200)
        watcher.finish()
        ended.wait()
        #expect(loader.report.exampleCount == 200)
    }

    private final class Watcher: Sendable {
        private let done = Mutex(false)
        var isDone: Bool { done.withLock { $0 } }
        func finish() { done.withLock { $0 = true } }
    }

    @Test func impossibleSettingsAreErrors() {
        for (settings, text) in [
            (LoaderSettings(resolution: 16), "resolution 16"), (LoaderSettings(referenceResolution: 5), "resolution 5"),
            (LoaderSettings(workerCount: 0), "workers is 0"), (LoaderSettings(lookAhead: 0), "look-ahead is 0"),
            (LoaderSettings(flipProbability: 1.5), "flip probability is 1.5"), (LoaderSettings(flipProbability: .nan), "flip probability"),
            (LoaderSettings(badShareLimit: -1), "bad examples"),
        ] {
            let message = errorText { _ = try load(Drawn(), settings) }
            #expect(message.contains(text), "\(message)")
        }
        #expect(throws: DatasetsError.self) { try load(Drawn(), from: -1) }
    }
}
