import Checkpoints
import Flux
import Imaging
import Layers
import TestSupport
import Testing
import Torch

/// Bands against the whole picture, with weights of our own.
struct RowBandTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let height, batch, rows, columns: Int
        var testDescription: String { "\(batch) of \(rows) x \(columns) latents in bands of \(height)" }
    }

    /// Bands of a row, of an odd and an even count, of all rows of some level, and higher than the picture.
    static let cases = [1, 2, 5, 16, 42, 100].flatMap { height in
        [Case(height: height, batch: 1, rows: 21, columns: 17), Case(height: height, batch: 2, rows: 7, columns: 8)]
    }

    let autoEncoder: AutoEncoder

    init() throws {
        var configuration = AutoEncoderConfiguration()
        configuration.channels = 32
        configuration.channelMultipliers = [1, 2, 2]
        configuration.residualBlockCount = 1
        configuration.latentChannels = 4
        autoEncoder = try AutoEncoder(configuration, at: .random(seed: 3, dtype: .float32, standardDeviation: 0.05))
    }

    @Test(arguments: cases) func bandsDecodeTheSamePictureAsTheWhole(_ test: Case) throws {
        let latents = try Tensor.normal([test.batch, 4, test.rows, test.columns], using: RandomGenerator(seed: 1))
        let given = try latents.cloned()
        try expectClose(
            autoEncoder.decode(latents, bands: RowBands(height: test.height)), autoEncoder.decode(latents), .golden(1e-5))
        try expectClose(latents, given, .exact, "the latents afterwards")
    }

    @Test(arguments: cases) func bandsEncodeTheSameMomentsAsTheWhole(_ test: Case) throws {
        let image = try Tensor.normal([test.batch, 3, 4 * test.rows, 4 * test.columns], using: RandomGenerator(seed: 2))
        let given = try image.cloned()
        try expectClose(
            autoEncoder.moments(of: image, bands: RowBands(height: test.height)), autoEncoder.moments(of: image), .golden(1e-5))
        try expectClose(image, given, .exact, "the picture afterwards")
    }

    @Test func onlyLargePicturesAreDoneInBands() {
        #expect(RowBands.forPicture(PixelSize(width: 512, height: 512)) == nil)
        #expect(RowBands.forPicture(PixelSize(width: 1024, height: 1024)) != nil)
    }

    @Test func widerPicturesHaveLowerBands() throws {
        let square = try #require(RowBands.forPicture(PixelSize(width: 2048, height: 2048)))
        let wide = try #require(RowBands.forPicture(PixelSize(width: 4096, height: 1024)))
        #expect(wide.height * 2 == square.height)
    }
}
