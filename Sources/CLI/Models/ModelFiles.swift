import Flux
import Foundation
import Tokenizers
import UniToken

/// One part of a model: its name in the description, its path there, and its path on disk.
struct ModelPart: Sendable {
    let name: String
    let file: String
    let path: String
}

extension ModelDirectory {
    /// The parts that the description names, adapters last.
    var parts: [ModelPart] {
        let files = description.files
        let networks = [("flux", files.flux), ("autoencoder", files.autoencoder), ("t5", files.t5), ("clip", files.clip)]
        let style = [("projector", files.projector), ("siglip", files.siglip)]
        let preparation = [
            ("background_remover", files.backgroundRemover), ("face_detector", files.faceDetector), ("face_parser", files.faceParser),
        ]
        let adapters = files.adapters.map { ("lora", $0.file) }
        let own = (style + preparation).compactMap { name, file in file.map { (name, $0) } }
        return (networks + own + adapters).map { ModelPart(name: $0, file: $1, path: self.file($1)) }
    }

    /// Tokenizers that lie apart from their encoders, as in the diffusers layout.
    var tokenizers: [ModelPart] {
        [("t5", description.files.t5), ("clip", description.files.clip)].compactMap { name, encoder in
            let path = file(encoder), place = TokenizerDirectory.location(for: path)
            return place == path ? nil : ModelPart(name: "\(name) tokenizer", file: "\(encoder) tokenizer", path: place)
        }
    }
}

extension UniTokenDirectory {
    /// The parts that hold weights.
    var parts: [ModelPart] { [("language_model", description.files.languageModel), ("vqgan", description.files.vqgan)].map(part) }

    /// What shapes a picture besides.
    var vocabularies: [ModelPart] {
        let files = description.files
        return [("siglip", files.siglip), ("vqgan_config", files.vqganConfiguration), ("vocabulary", files.vocabulary)].map(part)
    }

    private func part(_ name: String, _ file: String) -> ModelPart { ModelPart(name: name, file: file, path: self.file(file)) }
}

extension ModelPart {
    /// The files of the part that shape a picture: itself, or the weights and vocabularies in its directory.
    var files: [(name: String, path: String)] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else { return [(file, path)] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted()
            .filter { name in [".safetensors", ".model", "vocab.json", "merges.txt", "tokenizer.json", "config.json"].contains { name.hasSuffix($0) } }
            .map { ("\(file)/\($0)", (path as NSString).appendingPathComponent($0)) }
    }
}
