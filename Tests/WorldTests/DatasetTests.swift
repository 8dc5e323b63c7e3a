import Foundation
import Imaging
import Testing
import World

/// Datasets hold what the world shows, continue after an interruption and refuse a foreign folder.
struct DatasetTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("world-\(UUID().uuidString)")
    }

    private func dataset(_ count: Int, _ format: WorldDataset.Format, seed: UInt64 = 0, masks: Bool = false) throws -> WorldDataset {
        let settings = WorldSettings(pictureSize: 16, referenceSize: 12, seed: seed, tasks: .everything)
        return WorldDataset(try PictureWorld(settings), count: count, format: format, directory: folder.path, hasMasks: masks)
    }

    private func json(_ name: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appendingPathComponent(name)))
    }

    @Test func theListNamesThePicturesOfTheWorld() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let dataset = try dataset(30, .json, masks: true)
        try await dataset.write(threads: 2) { _ in }
        let entries = try #require(try json("train.json") as? [[String: Any]])
        #expect(entries.count == 30)
        for (index, entry) in entries.enumerated() {
            let example = dataset.world.example(at: index)
            #expect(entry["prompt"] as? String == example.caption)
            let paths = try #require(entry["image_paths"] as? [String])
            let target = try #require(entry["image_tgt_path"] as? String)
            #expect(try PictureFile.read(folder.appendingPathComponent(target).path) == example.target)
            #expect(try paths.map { try PictureFile.read(folder.appendingPathComponent($0).path) } == example.references)
        }
        let lines = try String(contentsOf: folder.appendingPathComponent("attributes.jsonl"), encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 30)
        let record = try #require(try JSONSerialization.jsonObject(with: Data(lines[3].utf8)) as? [String: Any])
        #expect((record["questions"] as? [Any])?.isEmpty == false && (record["subjects"] as? [Any])?.isEmpty == false)
        for mask in try #require(record["masks"] as? [String]) {
            #expect(try PictureFile.read(folder.appendingPathComponent(mask).path).width == 16)
        }
    }

    @Test func shardsAreTarArchives() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let dataset = try dataset(5, .tar)
        try await dataset.write(threads: 1) { _ in }
        let shard = folder.appendingPathComponent("shard-000000.tar").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["tar", "xf", shard, "-C", folder.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let target = try PictureFile.read(folder.appendingPathComponent("000004.target.png").path)
        #expect(target == dataset.world.example(at: 4).target)
        let record = try #require(try json("000004.json") as? [String: Any])
        #expect(record["prompt"] as? String == dataset.world.captions(at: 4)[0])
    }

    @Test func aSecondRunMakesOnlyWhatIsMissing() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let dataset = try dataset(8, .json)
        try await dataset.write(threads: 1) { _ in }
        let kept = folder.appendingPathComponent("pictures/000000/000002.target.png")
        let lost = folder.appendingPathComponent("pictures/000000/000005.target.png")
        try Data("kept".utf8).write(to: kept)
        try FileManager.default.removeItem(at: lost)
        try await dataset.write(threads: 1) { _ in }
        #expect(try Data(contentsOf: kept) == Data("kept".utf8))
        #expect(try PictureFile.read(lost.path) == dataset.world.example(at: 5).target)
    }

    @Test(arguments: [WorldDataset.Format.json, .tar]) func partsMakeTheFilesOfTheWhole(_ format: WorldDataset.Format) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        func files() throws -> [String: Data] {
            let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            return Dictionary(uniqueKeysWithValues: names.compactMap { name in
                FileManager.default.contents(atPath: folder.appendingPathComponent(name).path).map { (name, $0) }
            })
        }
        let dataset = try dataset(format == .tar ? 1100 : 250, format)
        try await dataset.write(threads: 2) { _ in }
        let whole = try files()
        try FileManager.default.removeItem(at: folder)
        #expect((0..<3).map { dataset.exampleCount(ofPart: $0, of: 3) } == (format == .tar ? [1000, 100, 0] : [100, 100, 50]))
        for part in [1, 2, 0] { try await dataset.writePart(part, of: 3, threads: 1) { _ in } }
        try dataset.writeLists()
        #expect(try files() == whole)
    }

    @Test func anotherDatasetsFolderIsRefused() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try await dataset(3, .json).write(threads: 1) { _ in }
        for other in [try dataset(3, .json, seed: 1), try dataset(4, .json), try dataset(3, .tar)] {
            await #expect(throws: WorldError.otherDataset(directory: folder.path)) { try await other.write(threads: 1) { _ in } }
        }
        let file = folder.appendingPathComponent("world.json").path
        let inside = WorldDataset(try PictureWorld(), count: 1, directory: file)
        await #expect(throws: WorldError.self) { try await inside.write(threads: 1) { _ in } }
    }

    @Test func anInterruptedShardLeavesNothing() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let dataset = try dataset(1000, .tar)
        let task = Task { try await dataset.write(threads: 1) { _ in } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names == ["world.json"])
    }

    @Test func gridsHoldEveryPicture() throws {
        let world = try PictureWorld(WorldSettings(pictureSize: 40, referenceSize: 30, tasks: .only(.twoSubjects)))
        let examples = (0..<3).map { world.example(at: $0) }
        let plain = PictureGrid(columns: 2, isLabelled: false)
        let sheet = plain.picture(of: examples)
        #expect(sheet.size == plain.size(of: 3, referenceCount: 2, world.settings))
        #expect(sheet.cropped(left: 6, top: 6 + 5, width: 30, height: 30) == examples[0].references[0])
        #expect(sheet.cropped(left: 6 + 2 * 36, top: 6, width: 40, height: 40) == examples[0].target)
        let labelled = PictureGrid(columns: 2).picture(of: examples)
        #expect(labelled.height > sheet.height)
        // Below the first picture there is ink.
        #expect(labelled.cropped(left: 6, top: 52, width: 60, height: 8).pixels.contains(40))
    }
}
