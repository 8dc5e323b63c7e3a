import Datasets
import Imaging
import Testing
import World

struct WorldSourceTests {
    static let settings = WorldSettings(pictureSize: 32, referenceSize: 24, seed: 5)

    @Test func batchesHoldOneReferenceCount() throws {
        let source = try WorldSource(Self.settings, wholeBatchSize: 6)
        #expect(source.count == nil)
        for batch in 0..<200 { #expect(Set((batch * 6..<batch * 6 + 6).map(source.referenceCount(at:))).count == 1) }
        for index in stride(from: 0, to: 300, by: 37) {
            let example = source.example(at: index)
            #expect(example.references.count == source.referenceCount(at: index) && example.name.hasPrefix("world \(index) ("))
            #expect(example.target.width == 32 && example.references.allSatisfy { $0.width == 24 })
        }
    }

    @Test func tasksComeAsOftenAsTheirWeights() throws {
        let source = try WorldSource(Self.settings, wholeBatchSize: 1)
        var shares = [Double](repeating: 0, count: 4)
        for index in 0..<20_000 { shares[source.referenceCount(at: index)] += 1.0 / 20_000 }
        // Four standard deviations of a share of one half are 0.014.
        for (share, weight) in zip(shares, [0.15, 0.42, 0.38, 0.05]) { #expect(abs(share - weight) < 0.014, "\(shares)") }
    }

    @Test func examplesAreThoseOfTheWorld() throws {
        let source = try WorldSource(Self.settings, wholeBatchSize: 2)
        for index in [0, 7, 20, 333] {
            let example = source.example(at: index)
            let task = try #require(WorldTask.allCases.first { example.name.hasSuffix("(\($0.rawValue))") })
            var settings = Self.settings
            settings.tasks = .only(task)
            let expected = try PictureWorld(settings).example(at: index)
            #expect(example.prompt == expected.caption && example.target == expected.target)
            #expect(example.references == expected.references && example.subjectMasks == expected.masks)
        }
    }

    @Test func ranksAndRestartsSeeTheSameWorld() throws {
        let source = try WorldSource(Self.settings, wholeBatchSize: 4)
        func load(_ size: Int, rank: Int = 0, of ranks: Int = 1, from first: Int = 0, workers: Int = 2) throws -> [TrainingBatch] {
            let plan = try BatchPlan(source, batchSize: size, rank: rank, rankCount: ranks, seed: 0)
            let settings = LoaderSettings(resolution: 32, workerCount: workers)
            let loader = try BatchLoader(source, plan, settings, startingAt: first, endingBefore: 6)
            var batches: [TrainingBatch] = []
            while let batch = try loader.next() { batches.append(batch) }
            return batches
        }
        let whole = try load(4)
        #expect(try load(4, from: 2, workers: 3) == Array(whole[2...]))
        let parts = try [0, 1].map { try load(2, rank: $0, of: 2) }
        for number in 0..<6 {
            #expect(parts[0][number].target.values + parts[1][number].target.values == whole[number].target.values)
            #expect(parts[0][number].coverage + parts[1][number].coverage == whole[number].coverage)
            #expect(whole[number].coverage.count == 4 * 32 * 32 && whole[number].coverage.contains { $0 > 0.9 })
        }
    }

    @Test func impossibleSettingsAreErrors() {
        #expect(throws: DatasetsError.self) { try WorldSource(Self.settings, wholeBatchSize: 0) }
        #expect(throws: WorldError.self) { try WorldSource(WorldSettings(tasks: TaskWeights()), wholeBatchSize: 1) }
        #expect(throws: WorldError.self) { try WorldSource(WorldSettings(pictureSize: 0), wholeBatchSize: 1) }
    }
}
