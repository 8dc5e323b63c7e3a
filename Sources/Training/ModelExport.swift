import Checkpoints
import Flux
import Foundation
import Tokenizers
package import Torch

/// Writes a model directory: trained networks beside those they were trained with.
package struct ModelExport {
    let model: ModelInTraining
    let objective: any Objective
    let folder: String

    package init(model: ModelInTraining, objective: any Objective, folder: String) {
        (self.model, self.objective, self.folder) = (model, objective, folder)
    }

    /// Untouched files up to this size are copied into the directory; larger ones are referred to where they lie.
    private static let copiedByteLimit = 64 << 20

    package func write(_ weights: [(name: String, tensor: Tensor)]) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var description = model.description
        // Networks outside the one in training keep their files, tokenizers and configurations included.
        description.files.flux = try placed(description.files.flux, as: "flux.safetensors")
        description.files.autoencoder = try placed(description.files.autoencoder, as: "ae.safetensors")
        description.files.t5 = try encoder(.t5, description.files.t5, as: "t5")
        description.files.clip = try encoder(.clip, description.files.clip, as: "clip")
        // Every network has a name of its own now.
        description.files.diffusers = nil
        let exported = try objective.export(weights, to: folder)
        description.files.loras = try adapters(exported)
        for (component, file) in try exported.files.merging(drawn(), uniquingKeysWith: { trained, _ in trained }) {
            switch component {
            case .flux: description.files.flux = file
            case .autoencoder: description.files.autoencoder = file
            case .t5: description.files.t5 = file
            case .clip: description.files.clip = file
            }
        }
        if let scale = exported.latentScale {
            // A description without sizes means FLUX.1's.
            var autoEncoder = description.autoencoder ?? .flux
            autoEncoder.scaleFactor = scale.scale
            autoEncoder.shiftFactor = scale.shift
            description.autoencoder = autoEncoder
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicText.write(String(decoding: encoder.encode(description), as: UTF8.self) + "\n", to: "\(folder)/model.json")
    }

    /// The adapters of the new model: the trained one; none over weights that have absorbed theirs; else those of the source.
    private func adapters(_ exported: ExportedFiles) throws -> [ModelDescription.Adapter]? {
        if let adapter = exported.adapter { return [.init(file: adapter, weight: try AdapterInTraining.file(model)?.weight)] }
        guard !model.isTrained(.flux), !model.adapters.isEmpty else { return nil }
        return try model.adapters.enumerated().map { index, adapter in
            let name = (adapter.file as NSString).lastPathComponent
            let isTaken = model.adapters[..<index].contains { ($0.file as NSString).lastPathComponent == name }
            return .init(file: try placed(adapter.file, as: isTaken ? "\(index + 1)-\(name)" : name), weight: adapter.weight)
        }
    }

    /// Writes the networks that were drawn at random and then left as they were: they are in no file yet.
    private func drawn() throws -> [ModelComponent: String] {
        let model = try ModelInTraining(model.recipe, device: .cpu)
        var files: [ModelComponent: String] = [:]
        for component in model.recipe.initialized where !model.isTrained(component) {
            let (parameters, file): (ParameterSet, String) = switch component {
            case .flux: (try model.transformer().parameters, "flux.safetensors")
            case .autoencoder: (try model.autoEncoder().parameters, "ae.safetensors")
            case .t5: (try model.t5().parameters, "t5/model.safetensors")
            case .clip: (try model.clip().parameters, "clip/model.safetensors")
            }
            try SafetensorsWriter.write(parameters.named, to: "\(folder)/\(file)")
            files[component] = (file as NSString).pathComponents[0]
        }
        return files
    }

    /// A text encoder's folder: as it is, or everything but its weights where new ones are to be written beside it.
    private func encoder(_ component: ModelComponent, _ name: String, as target: String) throws -> String {
        guard model.isTrained(component) || model.recipe.initialized.contains(component) else { return try placed(name, as: target) }
        let source = model.directory.file(name), place = "\(folder)/\(target)", files = FileManager.default
        guard !isSame(source, place) else { return target }
        try? files.removeItem(atPath: place)
        try files.createDirectory(atPath: place, withIntermediateDirectories: true)
        for file in try files.contentsOfDirectory(atPath: source) where !Self.holdsWeights(file) {
            try files.copyItem(atPath: "\(source)/\(file)", toPath: "\(place)/\(file)")
        }
        try addTokenizer(of: source, to: place)
        return target
    }

    private static func holdsWeights(_ file: String) -> Bool {
        file.hasSuffix(".index.json") || ["safetensors", "bin", "h5", "msgpack", "pt", "pth", "ckpt", "onnx"].contains((file as NSString).pathExtension)
    }

    /// Copies a file or folder of the source model if it is small, and gives the name to write into the description.
    private func placed(_ name: String, as target: String) throws -> String {
        let source = model.directory.file(name), files = FileManager.default
        let place = "\(folder)/\(target)"
        guard files.fileExists(atPath: source) else { return target }
        guard byteCount(source) <= Self.copiedByteLimit else { return URL(fileURLWithPath: source).standardizedFileURL.path }
        if isSame(source, place) { return target }
        try? files.removeItem(atPath: place)
        try files.copyItem(atPath: source, toPath: place)
        try addTokenizer(of: source, to: place)
        return target
    }

    /// Copies a tokenizer that lies apart from its encoder beside it.
    private func addTokenizer(of encoder: String, to place: String) throws {
        let tokenizer = TokenizerDirectory.location(for: encoder)
        guard tokenizer != encoder else { return }
        for name in try FileManager.default.contentsOfDirectory(atPath: tokenizer) where !FileManager.default.fileExists(atPath: "\(place)/\(name)") {
            try FileManager.default.copyItem(atPath: "\(tokenizer)/\(name)", toPath: "\(place)/\(name)")
        }
    }

    private func isSame(_ one: String, _ other: String) -> Bool {
        URL(fileURLWithPath: one).standardizedFileURL == URL(fileURLWithPath: other).standardizedFileURL
    }

    private func byteCount(_ path: String) -> Int {
        let files = FileManager.default
        let inside = files.enumerator(atPath: path)?.compactMap { "\(path)/\($0)" } ?? []
        return (inside + [path]).reduce(0) { sum, file in
            let attributes = try? files.attributesOfItem(atPath: file)
            return sum + (attributes?[.type] as? FileAttributeType == .typeDirectory ? 0 : attributes?[.size] as? Int ?? 0)
        }
    }
}
