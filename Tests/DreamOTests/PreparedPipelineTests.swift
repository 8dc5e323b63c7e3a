import DreamO
import Flux
import Foundation
import Generation
import Imaging
import TestSupport
import Testing
import Torch

/// What the pipeline makes of pictures before the model sees them (`golden/dreamo-e2e`, networks of `ben2` and `face`).
@Suite(.enabled(if: ["dreamo-e2e", "dreamo-precondition", "ben2", "face"].allSatisfy(Golden.isAvailable), Golden.absence))
struct PreparedPipelineTests {
    private func request(_ roles: [Reference.Role], _ pictures: [String], size: Int) throws -> GenerationRequest {
        let golden = try Golden("dreamo-precondition")
        var request = GenerationRequest(prompt: "a cup")
        (request.width, request.height, request.stepCount, request.referenceSize) = (32, 32, 1, size)
        request.references = try zip(roles, pictures).map { Reference(role: $0, name: $1, image: try golden.picture($1)) }
        return request
    }

    /// Draws, and gives back what the model was shown and what was remarked on.
    private func run(_ pipeline: DreamOPipeline, _ request: GenerationRequest) throws -> (shown: [Int: PixelImage], notes: [String]) {
        var shown: [Int: PixelImage] = [:], notes: [String] = []
        _ = try withoutGradients {
            try pipeline(request) { event in
                if case .prepared(let index, let image) = event { shown[index] = image }
                if case .note(let text) = event { notes.append(text) }
            }
        }
        return (shown, notes)
    }

    private func model() throws -> ModelDirectory { try ModelDirectory(path: Golden("dreamo-e2e").path("model.json")) }

    @Test func referencesAreShownAsTheOfficialProgramPreparesThem() throws {
        let golden = try Golden("dreamo-precondition")
        var asked: [Set<ReferenceTask>] = []
        let pipeline = try DreamOPipeline(model(), placement: Placement(device: .cpu, dtype: .float32)) { tasks in
            asked.append(tasks)
            return try ReferencePreparationTests.preparation()
        }
        let (shown, notes) = try run(pipeline, request([.garment, .face], ["../ben2/photo_a_decoded.png", "../face/photo.png"], size: 128))
        #expect(asked == [[.ip, .id]])
        try expectAlmostEqual(#require(shown[0]), golden.picture("ip_id_0.png"), share: 0.01, level: 2)
        try expectAlmostEqual(#require(shown[1]), golden.picture("ip_id_1.png"), share: 0.001, level: 255)
        #expect(notes.contains { $0.contains("../face/photo.png shows 3 faces") })
    }

    @Test func networksAreReadFromTheFilesThatTheModelNames() throws {
        let golden = try Golden("dreamo-precondition"), original = try model()
        let directory = try original.naming(
            remover: Golden("ben2").path("BEN2_Base.safetensors"), detector: Golden("face").path("detection_Resnet50_Final.safetensors"),
            parser: Golden("face").path("parsing_bisenet.safetensors"))
        let pipeline = try DreamOPipeline(directory, placement: Placement(device: .cpu, dtype: .float32))
        let (shown, _) = try run(pipeline, request([.subject], ["../ben2/photo_a_decoded.png"], size: 128))
        try expectAlmostEqual(#require(shown[0]), golden.picture("ip_id_0.png"), share: 0.01, level: 2)
        // The detector of the set has random weights and sees no face.
        let error = #expect(throws: (any Error).self) { try run(pipeline, request([.face], ["../face/photo.png"], size: 128)) }
        #expect(error.map { "\($0)".contains("No face was found in ../face/photo.png") } == true)
    }

    @Test(arguments: [(Reference.Role.subject, "files.background_remover"), (.garment, "files.background_remover"), (.face, "files.face_detector")])
    func aModelWithoutTheNetworkIsRefusedBeforeItIsLoaded(_ role: Reference.Role, _ key: String) throws {
        var request = try request([role], ["../face/photo.png"], size: 128)
        let description = try model().description
        let error = #expect(throws: RequestError.self) { try DreamOPipeline.check(request, description) }
        #expect(error.map { "\($0)".contains(key) && "\($0)".contains("--prepare none") } == true)
        request.preparation = .none
        try DreamOPipeline.check(request, description)
        let style = try self.request([.style], ["../face/photo.png"], size: 128)
        try DreamOPipeline.check(style, description)
    }
}

extension ModelDirectory {
    /// The same model with networks that prepare references.
    fileprivate func naming(remover: String, detector: String, parser: String) throws -> ModelDirectory {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var description = description
        func absolute(_ name: String) -> String { URL(fileURLWithPath: file(name)).standardizedFileURL.path }
        let files = description.files
        description.files.flux = absolute(files.flux)
        description.files.autoencoder = absolute(files.autoencoder)
        description.files.t5 = absolute(files.t5)
        description.files.clip = absolute(files.clip)
        description.files.diffusers = files.diffusers.map(absolute)
        description.files.dreamo = files.dreamo.map(absolute)
        description.files.loras = files.loras?.map { .init(file: absolute($0.file), weight: $0.weight) }
        description.files.backgroundRemover = remover
        description.files.faceDetector = detector
        description.files.faceParser = parser
        let place = folder.appendingPathComponent("model.json")
        try JSONEncoder().encode(description).write(to: place)
        return try ModelDirectory(path: place.path)
    }
}
