import Flux
import Generation
import Imaging
import TestSupport
import Testing
import Torch
import USO

/// The content picture's preparation, sizes, noise and schedules as the official programs have them (`golden/uso-e2e`).
@Suite(.enabled(if: Golden.isAvailable("uso-e2e"), Golden.absence))
struct ContentPictureTests {
    let golden: Golden

    init() throws { golden = try Golden("uso-e2e") }

    struct Preparation: Decodable {
        let file, mode: String
        let long_size, scale_ratio: Int
        let opened_wh: [Int]
        let result_wh: [Int]?
        let tensor: String?
    }

    @Test func preparedPicturesAreEqual() throws {
        let expected = try golden.tensors("preprocess/expected.safetensors")
        let tests = try golden.decoded("preprocess/expected.json", as: [Preparation].self)
        #expect(tests.count > 10)
        for test in tests {
            let name = "\(test.file), \(test.mode), \(test.long_size)"
            let picture = try PictureFile.read(golden.path("preprocess/\(test.file)"), PictureReading(appliesOrientation: test.mode == "app"))
            #expect([picture.width, picture.height] == test.opened_wh, "\(name)")
            let content = ContentPicture(Reference(name: test.file, image: picture), longSide: test.long_size, multiple: 16 * test.scale_ratio)
            guard let size = test.result_wh, !size.contains(0) else {
                let error = #expect(throws: RequestError.self, "\(name)") { try content.prepared() }
                #expect(error.map { "\($0)".contains(test.file) } == true)
                continue
            }
            let result = try content.prepared()
            #expect([result.width, result.height] == size, "\(name)")
            #expect(result.layout == .rgb)
            guard let key = test.tensor else { continue }
            #expect(try result.pixels == expected[key].values(as: UInt8.self), "\(name)")
        }
    }

    struct Sizes: Decodable {
        let input_wh: [Int]
        let content_long_size: Int
        let content_wh, keep_size_wh, generated_wh: [Int]?
    }

    @Test func keptSizesAreTheOfficialOnes() throws {
        let tests = try golden.decoded("preprocess/sizes.json", as: [Sizes].self)
        #expect(tests.count > 30)
        for test in tests {
            let image = PixelImage(
                width: test.input_wh[0], height: test.input_wh[1], layout: .gray,
                pixels: Array(repeating: 0, count: test.input_wh[0] * test.input_wh[1]))
            let reference = Reference(name: "photo", image: image)
            let size = ContentPicture(reference, longSide: test.content_long_size, multiple: 16).keptSize
            var request = GenerationRequest(prompt: "")
            request.references = [reference]
            request.keepsSize = true
            request.referenceSize = test.content_long_size
            guard let kept = test.keep_size_wh, let generated = test.generated_wh else {
                #expect(size.area == 0)
                #expect(throws: RequestError.self) { try PictureSettings.uso(request, SettingsTests.description) }
                continue
            }
            #expect([size.width, size.height] == kept, "\(test.input_wh) at \(test.content_long_size)")
            let settings = try PictureSettings.uso(request, SettingsTests.description)
            #expect([settings.request.width, settings.request.height] == generated)
        }
    }

    struct Schedule: Decodable {
        let num_steps, width, height, image_seq_len: Int
        let timesteps: [Double]
    }

    @Test func schedulesAreEqual() throws {
        for test in try golden.decoded("schedules.json", as: [Schedule].self) {
            let count = InferenceShift.tokenCount(TokenGrid(rows: test.height / 16, columns: test.width / 16), .flux)
            #expect(count == test.image_seq_len)
            #expect(try TimestepSchedule(stepCount: test.num_steps, tokenCount: count).timesteps == test.timesteps)
        }
    }

    struct Noise: Decodable {
        let shape: [Int]
        let first16, last4: [Double]
        let sum: Double
    }

    @Test func noiseOfASeedIsEqual() throws {
        for (name, test) in try golden.decoded("noise.json", as: [String: Noise].self) {
            let seed = try #require(UInt64(name.split(separator: "seed").last ?? ""))
            let noise = try Tensor.normal(test.shape, using: RandomGenerator(seed: seed), dtype: .bfloat16).values(as: Double.self)
            #expect(Array(noise.prefix(16)) == test.first16, "\(name)")
            #expect(Array(noise.suffix(4)) == test.last4, "\(name)")
            #expect(abs(noise.reduce(0, +) - test.sum) < 1e-6, "\(name)")
        }
    }
}
