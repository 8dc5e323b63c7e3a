import Foundation
import Imaging
import TestSupport
import Testing
import Torch
import UniToken
import VisionModels

/// Tiles of pictures in any resolution against the official ones (`golden/anyres`).
@Suite(.enabled(if: Golden.isAvailable("anyres"), Golden.absence))
struct TileGridGoldenTests {
    let golden: Golden

    init() throws { golden = try Golden("anyres") }

    struct Facts: Decodable {
        let tile: Int
        let cases: [Case]

        struct Case: Decodable {
            let file, decoded_rgb_sha256, padded_rgb_sha256, base_variant_rgb_sha256: String
            let size_wh, best_resolution_wh, grid_wh: [Int]
            let n_tiles_with_base: Int
            let tile_rgb_sha256: [String]
            let tile_pixel_value_sum_f64: [Double]
            let patch14, patch48, patch32: Tokens
        }

        struct Tokens: Decodable {
            let grid_side, n_continuous_tokens, n_eol: Int
            let unpadded_hw: [Int]
        }
    }

    @Test func tilesOfPhotosAreTheOfficialOnes() throws {
        let facts = try golden.decoded("config.json", as: Facts.self), data = try golden.tensors("data.safetensors")
        let preprocessing = try SigLIPDirectory.preprocessing(golden.path("SigLIP"))
        for (index, row) in facts.cases.enumerated() {
            let picture = try golden.picture(row.file).rgb()
            #expect([picture.width, picture.height] == row.size_wh && picture.sha256 == row.decoded_rgb_sha256, "\(row.file) is decoded alike")
            let grid = TileGrid(of: picture.size, side: facts.tile)
            #expect([grid.canvas.width, grid.canvas.height] == row.best_resolution_wh && [grid.columns, grid.rows] == row.grid_wh)
            #expect(try grid.padded(picture).sha256 == row.padded_rgb_sha256)
            let tiles = [try preprocessing.resized(picture)] + (try grid.tiles(picture))
            #expect(tiles.map(\.sha256) == row.tile_rgb_sha256 && tiles[0].sha256 == row.base_variant_rgb_sha256, "\(row.file)")

            let values = try tiles.map { try preprocessing($0) }
            for (tile, sum) in zip(values, row.tile_pixel_value_sum_f64) { #expect(abs(try tile.to(.float64).sum().item() - sum) < 1e-2) }
            let all = try Tensor.concatenated(values, dim: 0)
            try expectClose(all.sliced(dim: 2, step: 16).sliced(dim: 3, step: 16), data["case\(index).pixel_values_stride16"], .absolute(1e-6))
            if index == 5 {
                try expectAlmostEqual(grid.padded(picture), golden.picture("images/5_padded.png"))
                try expectClose(values[1].squeezed(0), data["case5.tile1_pixel_values"], .absolute(1e-6))
                #expect(try tiles[0].pixels + tiles[1].pixels == data["case5.tiles_u8"].values(as: UInt8.self))
            }
            for (name, tokens) in [("14", row.patch14), ("48", row.patch48), ("32", row.patch32)] {
                let order = grid.tokenOrder(of: picture.size, tileSide: tokens.grid_side)
                #expect(try order == data["case\(index).patch\(name).order"].values(as: Int.self))
                #expect(order.count == tokens.n_continuous_tokens && order.count { $0 < 0 } == tokens.n_eol)
            }
        }
    }

    struct Row: Decodable {
        let size_wh, best_wh, unpadded_hw: [Int]
        let n_tokens: Int
    }

    @Test func everySizeIsCutAndUnpaddedAsInTheTable() throws {
        for row in try golden.decoded("resolution_table.json", as: [Row].self) {
            let size = PixelSize(width: row.size_wh[0], height: row.size_wh[1])
            let grid = TileGrid(of: size, side: 384)
            #expect([grid.canvas.width, grid.canvas.height] == row.best_wh, "\(size)")
            let order = grid.tokenOrder(of: size, tileSide: 27), rows = order.count { $0 < 0 }
            #expect(order.count == row.n_tokens && rows == row.unpadded_hw[0], "\(size)")
            #expect((order.count - 729) == rows * (row.unpadded_hw[1] + 1), "\(size)")
        }
    }

    @Test(arguments: [(1, 5000), (5000, 1), (1, 1)]) func stripsAndDotsAreTiledToo(_ width: Int, _ height: Int) throws {
        let picture = PixelImage(width: width, height: height, layout: .rgb, pixels: [UInt8](repeating: 200, count: 3 * width * height))
        let grid = TileGrid(of: picture.size, side: 384)
        #expect(try grid.tiles(picture).count == grid.columns * grid.rows)
        #expect(grid.tokenOrder(of: picture.size, tileSide: 27).count >= 729)
    }
}
