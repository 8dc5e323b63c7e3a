import Checkpoints
import Imaging
import TestSupport
import Testing
import Torch
import VisionModels

/// BEN2 against the official network and program (`golden/ben2`).
struct BackgroundRemovalGoldenTests {
    static func network() throws -> BEN2 { try BEN2.load(Checkpoint.open(Golden("ben2").path("BEN2_Base.safetensors"))).model }

    @Test(.enabled(if: Golden.isAvailable("ben2"), Golden.absence))
    func everyIntermediateMatchesTheOfficialOne() throws {
        let golden = try Golden("ben2")
        let expected = try golden.tensors("outputs.safetensors")
        let network = try Self.network()
        let side = try PictureFile.read(golden.path("net_input_512.png"))
        let input = try normalized(side)
        var seen: [String: Tensor] = [:]
        seen["mask"] = try network(input) { seen[$0] = $1 }
        let stated = Tolerance("ben2", absolute: 2e-4, relative: 2e-4)
        for key in expected.keys where !key.hasPrefix("raw_") {
            var actual = try #require(seen[key], "no tensor \(key)")
            // Some are stored for the whole picture alone, the last of five views.
            if try expected[key].shape[0] == 1, actual.shape[0] == 5 { actual = try actual.narrowed(dim: 0, start: 4, count: 1) }
            try expectClose(actual, expected[key], stated, key)
        }
    }

    @Test(.enabled(if: Golden.isAvailable("ben2"), Golden.absence), arguments: [("a", "photo_a_decoded.png"), ("b", "photo_b.png")])
    func photosLoseTheirBackgroundAsInTheOfficialProgram(_ name: String, _ file: String) throws {
        let golden = try Golden("ben2")
        let expected = try golden.tensors("outputs.safetensors")
        let remover = BackgroundRemover(try Self.network())
        let photo = try PictureFile.read(golden.path(file))

        let mask = try remover.mask(of: photo)
        let stated = Tolerance("ben2", absolute: 2e-4, relative: 2e-4)
        try expectClose(mask.sliced(dim: 2, step: 8).sliced(dim: 3, step: 8), expected["raw_\(name)_every8"], stated, "raw")
        let resized = try mask.interpolatedBilinear(height: photo.height, width: photo.width)
        try expectClose(.stacked([resized.amin(), resized.amax()]), expected["raw_\(name)_minmax_after_resize"], stated, "extremes")

        let cutOut = try remover(photo)
        let opacity = stride(from: 3, to: cutOut.pixels.count, by: 4).map { cutOut.pixels[$0] }
        let alpha = PixelImage(width: photo.width, height: photo.height, layout: .gray, pixels: opacity)
        try expectAlmostEqual(alpha, golden.picture("alpha_\(name).png"), share: 0.01, level: 2)
        try expectAlmostEqual(cutOut.onWhite(), golden.picture("composite_\(name).png"), share: 0.01, level: 2)
    }

    @Test(.enabled(if: Golden.isAvailable("ben2"), Golden.absence))
    func theNetworksInputIsPillowsResize() throws {
        let golden = try Golden("ben2")
        let resized = try golden.picture("photo_a_decoded.png").rgb().resized(width: 1024, height: 1024, filter: .lanczos)
        try expectAlmostEqual(resized, golden.picture("lanczos_1024_a.png"), share: 1, level: 1)
    }

    @Test(.enabled(if: Golden.isAvailable("ben2"), Golden.absence))
    func thePublishedNetworkHasEveryTensorOfTheRealFile() throws {
        let source = try ShapeSource(manifest: Golden("ben2").path("manifest.json"))
        #expect(BEN2Configuration(of: source) == .base)
        let loaded = try BEN2.load(source)
        let unused = source.keys.filter { key in BEN2.unusedParts.contains { key.hasPrefix($0) } }
        #expect(Set(loaded.parameters.parameters.map(\.path)) == Set(source.keys).subtracting(unused))
    }

    /// The picture normalized for ImageNet.
    private func normalized(_ picture: PixelImage) throws -> Tensor {
        let mean: [Float] = [0.485, 0.456, 0.406], deviation: [Float] = [0.229, 0.224, 0.225]
        let rgb = picture.rgb()
        var values: [Float] = []
        for channel in 0..<3 {
            for pixel in 0..<rgb.size.area { values.append((Float(rgb.pixels[3 * pixel + channel]) / 255 - mean[channel]) / deviation[channel]) }
        }
        return try Tensor(values, shape: [1, 3, rgb.height, rgb.width])
    }
}
