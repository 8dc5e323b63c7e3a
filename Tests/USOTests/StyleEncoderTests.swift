import Flux
import Foundation
import Generation
import Imaging
import TestSupport
import Testing
import Torch
import USO

/// Style files that do not fit together, or are not there.
@Suite(.enabled(if: Golden.isAvailable("uso-e2e"), Golden.absence))
struct StyleEncoderTests {
    /// The golden model with another `style` section, and without some of its files.
    private func withModel<Result>(_ style: String, without files: [String] = [], _ body: (ModelDirectory) throws -> Result) throws -> Result {
        let golden = try Golden("uso-e2e")
        var description = try #require(JSONSerialization.jsonObject(with: golden.data("model/model.json")) as? [String: Any])
        var named = try #require(description["files"] as? [String: Any])
        for (key, value) in named { if let name = value as? String { named[key] = golden.path("model/\(name)") } }
        named["loras"] = nil
        for file in files { named[file] = nil }
        description["files"] = named
        description["style"] = try JSONSerialization.jsonObject(with: Data(style.utf8))
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try JSONSerialization.data(withJSONObject: description).write(to: folder.appendingPathComponent("model.json"))
        return try body(ModelDirectory(path: folder.path))
    }

    private static func style(tokens: Int = 729, width: Int = 16, layers: String = "[-2, -11, -20]") -> String {
        #"{"siglip_token_nums": \#(tokens), "style_token_nums": 64, "siglip_token_dims": \#(width), "siglip_layers": \#(layers)}"#
    }

    @Test(arguments: [
        (style(tokens: 256), "729 tokens of width 16"), (style(width: 24), "729 tokens of width 16"),
        (style(layers: "[-2, -11, -26]"), "25 hidden states"), (style(layers: "[25, 0, 0]"), "25 hidden states"),
    ])
    func mismatchesAreNamed(style: String, text: String) throws {
        try withModel(style) { directory in
            let error = #expect(throws: FluxError.self) { try StyleEncoder(directory, dtype: .float32, device: .cpu) }
            #expect(error.map { "\($0)".contains(text) } == true, "\(String(describing: error))")
        }
    }

    @Test func modelWithoutStyleStillKeepsContent() throws {
        try withModel(Self.style(), without: ["projector", "siglip"]) { directory in
            let encoder = try StyleEncoder(directory, dtype: .float32, device: .cpu)
            #expect(encoder == nil)
            let pipeline = try USOPipeline(FluxModel(directory, dtype: .float32))
            var request = GenerationRequest(prompt: "a cup")
            request.references = [Reference(name: "a.png", image: PixelImage(width: 2, height: 2, layout: .gray, pixels: [1, 2, 3, 4]))]
            (request.width, request.height, request.stepCount, request.referenceSize) = (32, 32, 1, 32)
            #expect(try pipeline(request) { _ in }.image.size == PixelSize(width: 32, height: 32))
            request.references[0].role = .style
            let error = #expect(throws: RequestError.self) { try pipeline(request) { _ in } }
            #expect(error.map { "\($0)".contains("files.projector") } == true)
        }
    }
}
