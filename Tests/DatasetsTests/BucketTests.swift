import Datasets
import Foundation
import Imaging
import Testing

struct BucketTests {
    @Test func officialBucketsAt512() throws {
        let table = try BucketTable(resolution: 512)
        #expect(
            table.buckets.map { [$0.height, $0.width] } == [
                [256, 768], [320, 768], [320, 704], [384, 640], [448, 576], [512, 512], [576, 448], [640, 384], [704, 320], [768, 320], [768, 256],
            ])
    }

    @Test func sidesAreTruncatedThenRoundedDown() throws {
        // 320 / 512 * 100 = 62.5, 62, 48; 704 / 512 * 100 = 137.5, 137, 128.
        #expect(try BucketTable(resolution: 100).buckets[2] == PixelSize(width: 128, height: 48))
        #expect(try BucketTable(resolution: 32).buckets.map(\.height).min() == 16)
    }

    @Test func firstOfEquallyNearBucketsWins() throws {
        // At 64 the aspects 0.75 and 1, and 2.5 and 3, are neighbours; all these numbers are exact in binary.
        let table = try BucketTable(resolution: 64)
        #expect(table.bucket(for: [PixelSize(width: 8, height: 7)]) == PixelSize(width: 64, height: 48))
        #expect(table.bucket(for: [PixelSize(width: 4, height: 11)]) == PixelSize(width: 32, height: 80))
        #expect(table.bucket(for: [PixelSize(width: 4, height: 3), PixelSize(width: 9, height: 9)]) == PixelSize(width: 64, height: 48))
    }

    @Test func meanOfAspectsNotOfSizesDecides() throws {
        let table = try BucketTable(resolution: 512)
        // Aspects 1 / 3 and 1: mean 2 / 3, whatever the pictures' sizes.
        let small = table.bucket(for: [PixelSize(width: 3, height: 1), PixelSize(width: 4000, height: 4000)])
        #expect(small == PixelSize(width: 640, height: 384))
    }

    @Test(arguments: [0, -1, 31, 16385, .min, .max]) func impossibleResolutionsAreErrors(resolution: Int) {
        let message = errorText { _ = try BucketTable(resolution: resolution) }
        #expect(message.contains("\(resolution)") && message.contains("32 to 16384"))
    }

    @Test func planesHoldCentredValuesByChannel() {
        let image = PixelImage(width: 2, height: 1, layout: .rgb, pixels: [0, 51, 102, 255, 204, 153])
        let planes = PicturePlanes([image, image], size: image.size)
        expectClose(planes.values, [-1, 1, -0.6, 0.6, -0.2, 0.2, -1, 1, -0.6, 0.6, -0.2, 0.2], within: 1e-6)
        #expect(planes.count == 2 && planes.height == 1 && planes.width == 2)
    }
}

@Suite(.enabled(if: Golden.has("uno-train-step"), "golden data is absent: put it in ../shared/golden or set ATELIER_SHARED"))
struct BucketGoldenTests {
    struct Row: Decodable {
        let resolution: Int
        let inputs_hw: [[Int]]
        let bucket_hw: [Int]
    }

    @Test func everyRowOfTheOfficialTable() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Golden.path("uno-train-step/bucket_table.json")))
        let rows = try JSONDecoder().decode([Row].self, from: data)
        #expect(rows.count > 100)
        for row in rows {
            let bucket = try BucketTable(resolution: row.resolution).bucket(for: row.inputs_hw.map { PixelSize(width: $0[1], height: $0[0]) })
            #expect([bucket.height, bucket.width] == row.bucket_hw, "\(row)")
        }
    }

    @Test func floatResizeEqualsTorchvision() throws {
        let file = try GoldenTensors("uno-train-step/bucket_resize.safetensors")
        let inputs = file.keys.filter { $0.hasSuffix(".in") }
        #expect(!inputs.isEmpty)
        for key in inputs {
            let input = try file[key]
            let size = PixelSize(width: input.shape[2], height: input.shape[1])
            for output in file.keys where output.hasPrefix(key.dropLast(2) + "out_res") {
                let resolution = try #require(Int(output.split(separator: "res").last ?? ""))
                let bucket = try BucketTable(resolution: resolution).bucket(for: [size])
                let expected = try file[output]
                #expect(expected.shape == [3, bucket.height, bucket.width])
                expectClose(FloatResize(from: size, to: bucket)(input.values, count: 3), expected.values, within: 1e-5, output)
            }
        }
    }

    /// The prompts in the order of the list are those of the configuration, so an index of one is an index of the other.
    @Test(arguments: ["lr1e-2", "lr1e-4_batch2", "official_init_3steps", "warmup_3steps"])
    func officialBatchesAreMadeFromTheOfficialList(run: String) throws {
        let source = try PairedFolder(path: Golden.path("uno-train-step/data/train.json"))
        let file = try GoldenTensors("uno-train-step/run_\(run).safetensors")
        let steps = file.keys.filter { $0.hasSuffix(".prompt_index") }
        #expect(!steps.isEmpty)
        for (number, key) in steps.enumerated() {
            let indices = try file.integers(key)
            let loader = try BatchLoader(
                Listed(source: source, indices: indices), BatchPlan(Listed(source: source, indices: indices), batchSize: indices.count, seed: 0),
                LoaderSettings(resolution: 80, referenceResolution: 64), endingBefore: 1)
            let batch = try #require(try loader.next())
            #expect(batch.references.count == 2)
            for (place, planes) in ([batch.target] + batch.references).enumerated() {
                let expected = try file["step\(number).vae.\(place).image"]
                #expect([planes.count, 3, planes.height, planes.width] == expected.shape)
                expectClose(planes.values, expected.values, within: 1e-5, "\(run) step \(number) image \(place)")
            }
        }
    }

    /// A source's examples in a given order, taken from the front as an endless source's are.
    struct Listed: ExampleSource {
        let source: PairedFolder
        let indices: [Int]
        var count: Int? { nil }
        func referenceCount(at index: Int) -> Int { source.referenceCount(at: indices[index]) }
        func example(at index: Int) throws -> TrainingExample { try source.example(at: indices[index]) }
    }
}
