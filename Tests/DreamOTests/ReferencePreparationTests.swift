import Checkpoints
import DreamO
import Imaging
import TestSupport
import Testing
import Torch
import VisionModels

/// The preparation of references against DreamO's program (`golden/dreamo-precondition`).
struct ReferencePreparationTests {
    struct Settings: Decodable {
        let jobs: [Job]
    }

    struct Job: Decodable {
        let name: String
        let inputs: [String?]
        let tasks: [String]
        let ref_res: Int
        let ref_conds: [Prepared]
    }

    struct Prepared: Decodable {
        let out: String
        let task: String
        let idx: Int
        let img_shape: [Int]
    }

    static func preparation() throws -> ReferencePreparation {
        let remover = try BackgroundRemover(BEN2.load(Checkpoint.open(Golden("ben2").path("BEN2_Base.safetensors"))).model)
        let face = try Golden("face"), tensors = try face.tensors("tensors.safetensors")
        let spoken = try RetinaFace.Output(locations: tensors["syn_loc"], scores: tensors["syn_conf"], landmarks: tensors["syn_landms"])
        let parser = try BiSeNet.load(Checkpoint.open(face.path("parsing_bisenet.safetensors"))).model
        let extractor = FaceExtractor(parser: parser) { try spoken.faces(size: $0.size, threshold: 0.97) }
        return ReferencePreparation(backgroundRemover: remover, faceExtractor: extractor)
    }

    @Test(.enabled(if: ["dreamo-precondition", "ben2", "face"].allSatisfy(Golden.isAvailable), Golden.absence))
    func everyReferenceIsPreparedAsByTheOfficialProgram() throws {
        let golden = try Golden("dreamo-precondition")
        let preparation = try Self.preparation()
        for job in try golden.decoded("config.json", as: Settings.self).jobs {
            for expected in job.ref_conds {
                let slot = expected.idx - 1
                #expect(job.tasks[slot] == expected.task)
                let task = try #require(ReferenceTask(rawValue: expected.task)), path = try #require(job.inputs[slot])
                let prepared = try preparation(golden.picture(path), name: path, task: task, size: job.ref_res)
                #expect([1, 3, prepared.image.height, prepared.image.width] == expected.img_shape)
                let (share, level) = switch task { case .ip: (0.01, 2); case .style: (1.0, 1); case .id: (0.001, 255) }
                try expectAlmostEqual(prepared.image, golden.picture(expected.out), share: share, level: level, expected.out)
                if task == .id { #expect(prepared.note == "\(path) shows 3 faces; the one nearest to its centre is used.") }
            }
        }
    }

    private func picture(_ width: Int, _ height: Int) -> PixelImage {
        PixelImage(width: width, height: height, layout: .rgb, pixels: [UInt8](repeating: 7, count: 3 * width * height))
    }

    @Test(arguments: [ReferenceTask.ip, .id])
    func aTaskWithoutItsNetworkIsRefused(_ task: ReferenceTask) throws {
        let error = #expect(throws: PreparationError.self) { try ReferencePreparation()(picture(64, 64), name: "a.png", task: task, size: 512) }
        #expect(error?.description.hasPrefix("a.png cannot be prepared as '\(task.rawValue)'") == true)
    }

    @Test(arguments: [0, 15, 5000, -512, Int.max])
    func sizesThatMakeNoSenseAreRefused(_ size: Int) throws {
        #expect(throws: PreparationError.invalidSize(size)) { try ReferencePreparation()(picture(64, 64), name: "a.png", task: .style, size: size) }
    }

    @Test func aSliverOfAPictureIsRefused() throws {
        #expect(throws: ImagingError.self) { try ReferencePreparation()(picture(1, 4000), name: "a.png", task: .style, size: 512) }
    }
}
