import Checkpoints
import Foundation
import Imaging
import Layers
import TestSupport
import Testing
import Torch
import UniToken

/// The picture tokenizer against the official one (`golden/vqgan`).
@Suite(.enabled(if: Golden.isAvailable("vqgan"), Golden.absence))
struct VQAutoEncoderGoldenTests {
    let golden: Golden
    let expected: GoldenTensors
    let model: VQAutoEncoder
    let vocabulary: PictureVocabulary

    init() throws {
        golden = try Golden("vqgan")
        expected = try golden.tensors("data.safetensors")
        let configuration = try VQConfiguration(path: golden.path("tokenizer/vqgan.yaml"))
        model = try VQAutoEncoder.load(golden.path("tokenizer/vqgan.ckpt"), configuration).model
        vocabulary = try PictureVocabulary(path: golden.path("tokenizer/text_tokenizer.json"), codeCount: configuration.codeCount)
    }

    private func expectNear(_ actual: Tensor, _ name: String) throws {
        try expectEveryValueClose(actual, expected[name], absolute: 1e-4, relative: 1e-4, name)
    }

    @Test(arguments: 0...2) func everyStageOfASmallPictureMatches(_ k: Int) throws {
        let picture = try golden.picture("images/\(k)_small.png")
        let input = try VQAutoEncoder.pixels(of: picture)
        try expectClose(input, expected["small\(k).input"], .exact)
        let encoded = try model.encoder(input, bands: nil, observe: nil)
        try expectNear(encoded, "small\(k).encoder_out")
        try expectNear(model.quantConv(encoded), "small\(k).quant_conv_out")
        let codes = try model.codes(of: picture), margin = try expected["small\(k).distance_margin_min"].item()
        #expect(margin > 1e-4, "the set's codes are safe from rounding")
        #expect(try codes == expected["small\(k).codes"].values(as: Int.self))
        #expect(try codes.map { vocabulary.tokens[$0] } == expected["small\(k).bpe_ids"].values(as: Int.self))
        let entries = try model.entries(codes, rows: 6, columns: 8)
        try expectClose(entries, expected["small\(k).codebook_entry"], .exact)
        try expectNear(model.postQuantConv(entries), "small\(k).post_quant_conv_out")
        let decoded = try model.decode(codes, rows: 6, columns: 8)
        try expectNear(decoded, "small\(k).decoded")
        let bytes = try expected["small\(k).decoded_u8"].values(as: UInt8.self)
        let reference = PixelImage(width: 128, height: 96, layout: .rgb, pixels: bytes)
        try expectAlmostEqual(model.picture(codes, rows: 6, columns: 8), reference, share: 0.01, level: 1)
        try expectAlmostEqual(VQAutoEncoder.picture(of: expected["small\(k).decoded"]), reference)
        try expectAlmostEqual(model.picture(codes, rows: 6, columns: 8), golden.picture("images/\(k)_small_reconstructed.png"), share: 0.01, level: 1)
    }

    @Test func safetensorsHoldTheSameNetworkAsThePickle() throws {
        let other = try VQAutoEncoder.load(golden.path("vqgan.safetensors"), model.configuration).model
        let codes = try expected["random.codes"].values(as: Int.self)
        let decoded = try other.decode(codes, rows: 3, columns: 5)
        try expectNear(decoded, "random.decoded")
        try expectClose(decoded, model.decode(codes, rows: 3, columns: 5), .exact)
    }

    @Test func codesOfAWholeCropMatchWhereRoundingCannotDecide() throws {
        let codes = try model.codes(of: golden.picture("images/0_crop512.png"))
        let official = try expected["full0.codes"].values(as: Int.self), margin = try expected["full0.distance_margin"].values(as: Float.self)
        #expect(codes.count == 1024)
        for place in codes.indices where margin[place] > 1e-4 { #expect(codes[place] == official[place], "place \(place)") }
    }

    @Test func transparencyIsBlendedOntoWhite() throws {
        let picture = try golden.picture("images/rgba.png")
        let bytes = try expected["rgba.whitened_u8"].values(as: UInt8.self)
        #expect(VQAutoEncoder.whitened(picture).pixels == bytes)
        #expect(try model.codes(of: picture) == expected["rgba.codes"].values(as: Int.self))
    }

    @Test func namesTellTheCodes() throws {
        #expect(try vocabulary.tokens == expected["img2bpe_table"].values(as: Int.self))
        let table = try expected["bpe2img_table"].values(as: Int.self)
        #expect(table.indices.map { vocabulary.code($0) ?? -1 } == table)
        #expect(throws: UniTokenError.self) { try PictureVocabulary(path: golden.path("tokenizer/text_tokenizer.json"), codeCount: 513) }
        #expect(throws: UniTokenError.self) { try PictureVocabulary(path: golden.path("tokenizer/text_tokenizer.json"), codeCount: 511) }
    }

    @Test func everyKeyOfTheRealCheckpointHasItsPlace() throws {
        let source = try ShapeSource(manifest: golden.path("manifest.json"), component: ["tensors"])
        var configuration = model.configuration
        (configuration.codeWidth, configuration.codeCount, configuration.latentChannels) = (256, 8192, 256)
        (configuration.channels, configuration.channelMultipliers, configuration.residualBlockCount) = (128, [1, 1, 2, 2, 4], 2)
        let loaded = try ParameterScope.load(source) { try VQAutoEncoder(configuration, at: $0) }
        #expect(Set(loaded.parameters.parameters.map(\.path)) == Set(source.keys))
    }

    // MARK: the crop

    struct Facts: Decodable {
        let cases: [Case]
        let mt19937_first_getrandbits32: [UInt32]
        let randrange_first: Draws

        struct Case: Decodable {
            let file, decoded_rgb_sha256, crop_rgb_sha256: String
            let size, crop_left_upper: [Int]
        }

        struct Draws: Decodable {
            let n, value: [Int]
        }
    }

    @Test func numbersArePythons() throws {
        let facts = try golden.decoded("config.json", as: Facts.self)
        var words = PythonRandom(seed: 100), ranges = PythonRandom(seed: 100)
        #expect(facts.mt19937_first_getrandbits32.map { _ in words.next() } == facts.mt19937_first_getrandbits32)
        #expect(facts.randrange_first.n.map { ranges.below($0) } == facts.randrange_first.value)
    }

    @Test func cropsInARowAreTheOfficialOnes() throws {
        var crop = PictureCrop()
        for (index, row) in try golden.decoded("config.json", as: Facts.self).cases.enumerated() {
            let picture = try golden.picture(row.file).rgb()
            #expect([picture.width, picture.height] == row.size && picture.sha256 == row.decoded_rgb_sha256, "\(row.file) is decoded alike")
            let square = try crop(picture)
            #expect(square.sha256 == row.crop_rgb_sha256, "\(row.file)")
            let patch = try expected["case\(index).crop_patch_u8"].values(as: UInt8.self)
            #expect(square.cropped(left: 200, top: 100, width: 48, height: 48).pixels == patch)
        }
    }

    @Test func thinPicturesAreCut() throws {
        var crop = PictureCrop()
        let dot = try crop(PixelImage(width: 1, height: 1, layout: .rgb, pixels: [9, 8, 7]))
        #expect(dot.size == PixelSize(width: 512, height: 512) && dot.pixels.prefix(3) == [9, 8, 7])
        // Enlarged, the strip has 2.5 million rows; a cut of it, like one of a strip that fits, shows a few of its pixels.
        for (width, height) in [(1, 5000), (5000, 1), (2, 300), (300, 2)] {
            let levels = (0..<width * height).map { UInt8(truncatingIfNeeded: $0 * 7) }
            let strip = PixelImage(width: width, height: height, layout: .rgb, pixels: levels.flatMap { [$0, $0, $0] })
            var random = PythonRandom(seed: 1), cut = PictureCrop(seed: 1)
            let square = try cut(strip)
            #expect(square.size == PixelSize(width: 512, height: 512))
            guard width * height < 5000 else { continue }
            _ = random.below(1)
            let scale = max(512 / Double(width), 512 / Double(height))
            let whole = try strip.resized(width: Int(Double(width) * scale), height: Int(Double(height) * scale), filter: .bicubic)
            let left = random.below(whole.width - 511), top = random.below(whole.height - 511)
            #expect(square == whole.cropped(left: left, top: top, width: 512, height: 512))
        }
    }

    // MARK: tokens

    @Test(arguments: [
        ("model: {}", "expected YAML"),
        ("- 1", "expected YAML"),
        ("model: {params: {embed_dim: 4, n_embed: 8, ddconfig: {z_channels: 4, in_channels: 3, out_ch: 3, ch: 33, num_res_blocks: 1, ch_mult: [1]}}}", "ch is 33"),
        ("model: {params: {embed_dim: 4, n_embed: 8, ddconfig: {z_channels: 4, in_channels: 3, out_ch: 3, ch: 32, num_res_blocks: 1, ch_mult: []}}}", "ch_mult is []"),
        ("model: {params: {embed_dim: 4, n_embed: 8, ddconfig: {z_channels: 4, in_channels: 3, out_ch: 3, ch: 32, num_res_blocks: 1, ch_mult: [1], attn_resolutions: [16]}}}", "attn_resolutions"),
        ("model: {params: {embed_dim: 4, n_embed: -8, ddconfig: {z_channels: 4, in_channels: 3, out_ch: 3, ch: 32, num_res_blocks: 1, ch_mult: [1]}}}", "n_embed is -8"),
    ])
    func otherConfigurationsAreRefused(_ text: String, _ reason: String) throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        let error = #expect(throws: UniTokenError.self) { try VQConfiguration(path: file.path) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
}
