import Checkpoints
package import Flux
package import Generation
package import Torch
import VisionModels

/// The networks that prepare references, by the files that a model's description names.
package struct PreparationNetworks {
    private let backgroundRemover, faceDetector, faceParser: String?
    private let device: Device

    package init(_ directory: ModelDirectory, device: Device) {
        let files = directory.description.files
        backgroundRemover = files.backgroundRemover.map(directory.file)
        faceDetector = files.faceDetector.map(directory.file)
        faceParser = files.faceParser.map(directory.file)
        self.device = device
    }

    /// Loads the networks of some tasks and no others; those that no file is named for are left out.
    ///
    /// - Throws: `CheckpointError` naming every tensor by which a file differs from its network.
    package func preparation(for tasks: Set<ReferenceTask>) throws -> ReferencePreparation {
        var remover: BackgroundRemover?, extractor: FaceExtractor?
        if tasks.contains(.ip), let backgroundRemover {
            remover = BackgroundRemover(try BEN2.load(Checkpoint.open(backgroundRemover), device: device).model, device: device)
        }
        if tasks.contains(.id), let faceDetector, let faceParser {
            extractor = FaceExtractor(
                detector: try RetinaFace.load(Checkpoint.open(faceDetector), device: device).model,
                parser: try BiSeNet.load(Checkpoint.open(faceParser), device: device).model, device: device)
        }
        return ReferencePreparation(backgroundRemover: remover, faceExtractor: extractor)
    }

    /// Bytes of the networks of some tasks in float32, from the headers of their files, and of what they compute on a picture.
    package static func byteCount(_ directory: ModelDirectory, for tasks: Set<ReferenceTask>) throws -> Int {
        let files = directory.description.files
        let networks = (tasks.contains(.ip) ? [files.backgroundRemover] : []) + (tasks.contains(.id) ? [files.faceDetector, files.faceParser] : [])
        let weights = try networks.compactMap(\.self).reduce(0) { sum, name in
            let source = try Checkpoint.open(directory.file(name))
            return sum + 4 * source.keys.reduce(0) { $0 + (source.info($1)?.shape.reduce(1, *) ?? 0) }
        }
        // The background remover works on 1024 x 1024 pixels, and takes most.
        return weights == 0 ? 0 : weights + activationBytes
    }

    private static let activationBytes = 3 << 30

    /// Refuses references that the model has no networks for, before anything large is loaded.
    ///
    /// - Throws: `RequestError.unsupported` naming the picture and what `model.json` lacks.
    package static func check(_ references: [Reference], _ files: ModelDescription.Files) throws(RequestError) {
        for reference in references {
            let needed: [(key: String, usual: String, file: String?)] = switch ReferenceTask(reference.role) {
            case .ip: [("background_remover", "BEN2's BEN2_Base.pth", files.backgroundRemover)]
            case .id:
                [
                    ("face_detector", "facexlib's detection_Resnet50_Final.pth", files.faceDetector),
                    ("face_parser", "facexlib's parsing_bisenet.pth", files.faceParser),
                ]
            case .style: []
            }
            guard let absent = needed.first(where: { $0.file == nil }) else { continue }
            throw .unsupported(
                "This model cannot prepare \(reference.name): it has no \(absent.usual) (files.\(absent.key) of a model.json)",
                remedy: "Put the file beside the others, or give a picture that is prepared already, and --prepare none.")
        }
    }
}

extension ReferenceTask {
    /// What DreamO's program calls a role.
    package init(_ role: Reference.Role) {
        switch role {
        case .subject, .garment: self = .ip
        case .face: self = .id
        case .style: self = .style
        }
    }
}
