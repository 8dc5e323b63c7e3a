import Imaging
import Testing

/// Expected values were computed on the same pattern with `Image.resize` of Pillow 13.0.
///
/// Older versions never begin with the vertical pass, which differs by a level where Pillow 13 does (13x200 to 40x31 here).
struct ResizeTests {
    @Test(arguments: [
        (.nearest, [37, 111, 185, 135, 223, 55, 75, 191, 51, 173, 47, 177]),
        (.box, [19, 111, 204, 161, 109, 142, 46, 191, 80, 141, 132, 210]),
        (.bilinear, [56, 120, 158, 147, 125, 114, 110, 142, 145, 140, 136, 168]),
        (.bicubic, [45, 122, 162, 158, 119, 111, 103, 145, 150, 139, 139, 168]),
        (.lanczos, [39, 127, 156, 171, 111, 110, 96, 144, 159, 135, 147, 158]),
    ] as [(ResampleFilter, [UInt8])])
    func graySamplesMatchPillow(filter: ResampleFilter, expected: [UInt8]) throws {
        #expect(try PixelImage.pattern(.gray, 7, 5).resized(width: 3, height: 4, filter: filter).pixels == expected)
    }

    @Test func transparencyIsMultipliedInAsPillowDoes() throws {
        let result = try PixelImage.pattern(.rgba, 7, 5).resized(width: 2, height: 3, filter: .lanczos)
        #expect(
            result.pixels == [
                73, 112, 149, 143, 121, 108, 115, 99, 112, 117, 133, 145, 117, 106, 127, 122, 111, 115, 126, 117, 159, 109, 112, 109,
            ])
    }

    struct Case: Sendable {
        let layout: PixelImage.Layout
        let from, to: [Int]
        /// Digests for nearest, box, bilinear, bicubic and lanczos.
        let digests: [UInt32]

        init(_ layout: PixelImage.Layout, _ from: [Int], _ to: [Int], _ digests: [UInt32]) {
            (self.layout, self.from, self.to, self.digests) = (layout, from, to, digests)
        }
    }

    static let cases = [
        Case(.gray, [7, 5], [4, 9], [3647498668, 740509513, 3173665048, 3819104701, 280237256]),
        Case(.gray, [64, 48], [17, 13], [2618112328, 2770798806, 1590666035, 4233390855, 1269572067]),
        Case(.gray, [13, 200], [40, 31], [1439993796, 3036651392, 312831404, 3033128405, 2731532077]),
        Case(.gray, [9, 9], [9, 4], [280866972, 2564535477, 275749257, 575990966, 1767878219]),
        Case(.grayAlpha, [7, 5], [4, 9], [1325678196, 351732071, 1215218274, 1321521482, 2913183110]),
        Case(.grayAlpha, [64, 48], [17, 13], [4143675137, 847815905, 1687656256, 3567384527, 2081615961]),
        Case(.grayAlpha, [13, 200], [40, 31], [3776218296, 1555694528, 168919315, 1708655253, 453057520]),
        Case(.grayAlpha, [9, 9], [9, 4], [1069450484, 3945981683, 718590688, 2023493120, 1190152685]),
        Case(.rgb, [7, 5], [4, 9], [353545196, 1115174633, 1692264228, 10066915, 1890497277]),
        Case(.rgb, [64, 48], [17, 13], [360471837, 3567295474, 4222252105, 474758344, 177657895]),
        Case(.rgb, [13, 200], [40, 31], [1670272836, 526256605, 3485286806, 2113650787, 1829721908]),
        Case(.rgb, [9, 9], [9, 4], [1255896924, 643310539, 2030728438, 3452358914, 1221501476]),
        Case(.rgba, [7, 5], [4, 9], [1407672808, 2823078446, 1158159712, 43197687, 2325236052]),
        Case(.rgba, [64, 48], [17, 13], [3561391874, 4182863012, 3140434412, 3283271713, 1330853076]),
        Case(.rgba, [13, 200], [40, 31], [246246768, 3912103773, 2564319870, 1199613512, 3480245703]),
        Case(.rgba, [9, 9], [9, 4], [645935336, 3749725897, 804910005, 1305714826, 228531546]),
        Case(.cmyk, [7, 5], [4, 9], [1407672808, 1068046632, 1620632181, 4202750635, 2172643549]),
        Case(.cmyk, [64, 48], [17, 13], [3561391874, 839874046, 2670235969, 1551600966, 1123352612]),
        Case(.cmyk, [13, 200], [40, 31], [246246768, 1941873138, 333676969, 4048120274, 3555122]),
        Case(.cmyk, [9, 9], [9, 4], [645935336, 2329979048, 4080104828, 1179339557, 2873247219]),
    ]

    @Test(arguments: cases)
    func everyLayoutAndFilterMatchesPillow(_ testCase: Case) throws {
        let image = PixelImage.pattern(testCase.layout, testCase.from[0], testCase.from[1])
        for (filter, digest) in zip([.nearest, .box, .bilinear, .bicubic, .lanczos] as [ResampleFilter], testCase.digests) {
            let result = try image.resized(width: testCase.to[0], height: testCase.to[1], filter: filter)
            #expect(result.layout == testCase.layout)
            #expect(result.digest == digest, "\(filter)")
        }
    }

    @Test func sameSizeKeepsHiddenColours() throws {
        let image = PixelImage(width: 2, height: 1, layout: .rgba, pixels: [9, 8, 7, 0, 1, 2, 3, 128])
        #expect(try image.resized(width: 2, height: 1, filter: .lanczos) == image)
        #expect(try image.resized(width: 2, height: 2, filter: .lanczos).pixels.prefix(3) == [0, 0, 0])
    }

    @Test func indexedPicturesAreNeverBlended() throws {
        let image = PixelImage(width: 2, height: 1, layout: .gray, pixels: [0, 255], isIndexed: true)
        #expect(try image.resized(width: 5, height: 1, filter: .lanczos).pixels == [0, 0, 255, 255, 255])
    }

    @Test func inksBecomeColoursAsPillowConvertsThem() {
        #expect(PixelImage.pattern(.cmyk, 64, 48).rgb().digest == 2270536217)
    }

    @Test(arguments: [(0, 5), (5, 0), (-1, 5), (Int.max, Int.max), (1 << 20, 1 << 20)])
    func impossibleSizesAreErrors(width: Int, height: Int) {
        #expect(throws: ImagingError.self) { try PixelImage.pattern(.gray, 7, 5).resized(width: width, height: height, filter: .lanczos) }
    }
}

extension PixelImage {
    /// A picture without symmetry that other languages compute as easily.
    static func pattern(_ layout: Layout, _ width: Int, _ height: Int) -> PixelImage {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<layout.channelCount { pixels.append(UInt8((x * 37 + y * 91 + channel * 53 + x * y * 7) % 256)) }
            }
        }
        return PixelImage(width: width, height: height, layout: layout, pixels: pixels)
    }

    /// A number that depends on every value and its place.
    var digest: UInt32 { pixels.reduce(0) { $0 &* 31 &+ UInt32($1) } }
}
