import Foundation

/// Recognises a directory that holds the official files of FLUX.1-dev and UNO, without a `model.json`.
enum OfficialFiles {
    /// The names that each component has in the official repositories, most specific first.
    private static let names: [(component: String, candidates: [String])] = [
        ("transformer", ["flux1-dev.safetensors", "flux1-schnell.safetensors"]),
        ("autoencoder", ["ae.safetensors"]),
        ("T5", ["t5", "xflux_text_encoders", "text_encoder_2"]),
        ("CLIP", ["clip", "clip-vit-large-patch14", "text_encoder"]),
        ("adapter", ["dit_lora.safetensors"]),
    ]

    /// - Throws: `ModelDirectoryError.unrecognized` with what was found and what is missing.
    static func description(of directory: String) throws(ModelDirectoryError) -> ModelDescription {
        var found: [String: String] = [:]
        var missing: [String] = []
        for (component, candidates) in names {
            let path = candidates.first { FileManager.default.fileExists(atPath: (directory as NSString).appendingPathComponent($0)) }
            found[component] = path
            if path == nil { missing.append("\(candidates[0]) (\(component))") }
        }
        guard let flux = found["transformer"], let autoencoder = found["autoencoder"], let t5 = found["T5"], let clip = found["CLIP"],
            let adapter = found["adapter"]
        else {
            throw .unrecognized(directory, found: found.values.sorted(), missing: missing)
        }
        var description = ModelDescription(
            system: "uno",
            files: .init(flux: flux, autoencoder: autoencoder, t5: t5, clip: clip, loras: [.init(file: adapter)]))
        description.flux = flux.contains("schnell") ? .schnell : .dev
        description.autoencoder = .flux
        description.defaults.width = 512
        description.defaults.height = 512
        description.defaults.steps = 25
        description.defaults.guidance = 4
        return description
    }
}
