import Flux
import Foundation
import Tokenizers
import Torch

/// Writes a model directory: trained networks beside those they were trained with.
struct ModelExport {
    let model: ModelInTraining
    let objective: any Objective
    let folder: String

    /// Untouched files up to this size are copied into the directory; larger ones are referred to where they lie.
    private static let copiedByteLimit = 64 << 20

    func write(_ weights: [(name: String, tensor: Tensor)]) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var description = model.description
        // Networks outside the one in training keep their files, tokenizers and configurations included.
        description.files.flux = try placed(description.files.flux, as: "flux.safetensors")
        description.files.autoencoder = try placed(description.files.autoencoder, as: "ae.safetensors")
        description.files.t5 = try placed(description.files.t5, as: "t5")
        description.files.clip = try placed(description.files.clip, as: "clip")
        // Every network has a name of its own now.
        description.files.diffusers = nil
        description.files.loras = try description.files.loras?.map { .init(file: try placed($0.file, as: ($0.file as NSString).lastPathComponent), weight: $0.weight) }
        let exported = try objective.export(weights, to: folder)
        if let file = exported.files[.flux] { description.files.flux = file }
        if let file = exported.files[.autoencoder] { description.files.autoencoder = file }
        if let adapter = exported.adapter { description.files.loras = [.init(file: adapter)] }
        if let scale = exported.latentScale {
            description.autoencoder?.scaleFactor = scale.scale
            description.autoencoder?.shiftFactor = scale.shift
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicText.write(String(decoding: encoder.encode(description), as: UTF8.self) + "\n", to: "\(folder)/model.json")
    }

    /// Copies a file or folder of the source model if it is small, and gives the name to write into the description.
    private func placed(_ name: String, as target: String) throws -> String {
        let source = model.directory.file(name), files = FileManager.default
        let place = "\(folder)/\(target)"
        guard files.fileExists(atPath: source) else { return target }
        guard byteCount(source) <= Self.copiedByteLimit else { return URL(fileURLWithPath: source).standardizedFileURL.path }
        if URL(fileURLWithPath: source).standardizedFileURL == URL(fileURLWithPath: place).standardizedFileURL { return target }
        try? files.removeItem(atPath: place)
        try files.copyItem(atPath: source, toPath: place)
        let tokenizer = TokenizerDirectory.location(for: source)
        if tokenizer != source { try add(tokenizer, to: place) }
        return target
    }

    /// Copies a tokenizer that lies apart from its encoder beside it.
    private func add(_ tokenizer: String, to place: String) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: tokenizer) where !FileManager.default.fileExists(atPath: "\(place)/\(name)") {
            try FileManager.default.copyItem(atPath: "\(tokenizer)/\(name)", toPath: "\(place)/\(name)")
        }
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
