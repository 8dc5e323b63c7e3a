import Foundation
import Imaging
import Testing

@Suite(.enabled(if: Golden.has("sampling") && Golden.has("uno-e2e"), "golden sets sampling and uno-e2e are not beside the package"))
struct GoldenReferenceTests {
    @Test func decodedPhotosMatchPillow() throws {
        for set in ["sampling", "uno-e2e"] {
            let folder = Golden.path("\(set)/photos")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".decoded.png") }
            #expect(!names.isEmpty)
            for name in names {
                let photo = try PictureFile.read("\(folder)/\(name.replacing(".decoded.png", with: ".jpg"))")
                expectEqual(photo, try PictureFile.read("\(folder)/\(name)"), "\(set)/\(name)")
            }
        }
    }

    @Test func referencesMatchOfficialProgram() throws {
        for photo in try SamplingCases.load().preprocess_ref {
            let name = "\(photo.photo) at \(photo.long_size)"
            let image = try PictureFile.read(Golden.path("sampling/\(photo.photo)"))
            #expect([image.width, image.height] == photo.input_wh, "\(name)")
            let result = try image.referencePreprocessed(longSide: photo.long_size)
            #expect([result.width, result.height] == photo.output_wh, "\(name)")
            #expect(result.layout == .rgb)
            let sums = (0..<3).map { channel in
                stride(from: channel, to: result.pixels.count, by: 3).reduce(0) { $0 + Int(result.pixels[$1]) }
            }
            #expect(sums == photo.channel_sums, "\(name)")
            let crop = photo.stored_crop_xywh ?? [0, 0, result.width, result.height]
            expectEqual(
                result.cropped(left: crop[0], top: crop[1], width: crop[2], height: crop[3]),
                try PictureFile.read(Golden.path("sampling/\(photo.expected)")).rgb(), name)
        }
    }

    @Test func referenceSizesMatchOfficialProgram() throws {
        for size in try SamplingCases.load().preprocess_ref_sizes {
            let input = PixelSize(width: size.input_wh[0], height: size.input_wh[1])
            let target = ReferenceSize(of: input, longSide: size.long_size)
            if let output = size.output_wh {
                #expect([target.cropped.width, target.cropped.height] == output, "\(input) at \(size.long_size)")
            } else {
                #expect(target.resized.width == 0 || target.resized.height == 0, "\(input) at \(size.long_size)")
            }
        }
    }

    @Test func referencesOfWholeRunsMatchOfficialProgram() throws {
        struct Parameters: Decodable {
            let refs: [String]
            let ref_long_side: Int
        }
        let cases = Golden.path("uno-e2e/cases")
        for name in try FileManager.default.contentsOfDirectory(atPath: cases).sorted() {
            let file = URL(fileURLWithPath: "\(cases)/\(name)/params.json")
            let parameters = try JSONDecoder().decode(Parameters.self, from: Data(contentsOf: file))
            for (index, reference) in parameters.refs.enumerated() {
                let photo = try PictureFile.read(Golden.path("uno-e2e/\(reference)"))
                expectEqual(
                    try photo.referencePreprocessed(longSide: parameters.ref_long_side),
                    try PictureFile.read("\(cases)/\(name)/ref\(index)_preprocessed.png"), "\(name), reference \(index)")
            }
        }
    }
}
