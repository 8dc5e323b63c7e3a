import Foundation

/// Recognises a directory that holds the official files of FLUX.1-dev and of UNO or USO, without a `model.json`.
enum OfficialFiles {
    /// The names that each component has in the official repositories and where the official programs' downloads put it, most specific first.
    private static let names: [(component: String, candidates: [String])] = [
        ("transformer", ["flux1-dev.safetensors", "flux1-schnell.safetensors", "FLUX.1-dev/flux1-dev.safetensors"]),
        ("autoencoder", ["ae.safetensors", "FLUX.1-dev/ae.safetensors"]),
        ("T5", ["t5", "xflux_text_encoders", "text_encoder_2", "t5-xxl"]),
        ("CLIP", ["clip", "clip-vit-large-patch14", "text_encoder", "clip-vit-l14"]),
        ("adapter", ["dit_lora.safetensors", "uso_flux_v1.0/dit_lora.safetensors", "USO/uso_flux_v1.0/dit_lora.safetensors"]),
    ]
    /// What USO has besides: its adapter alone cannot be told from UNO's.
    private static let styleNames: [(component: String, candidates: [String])] = [
        ("projector", ["projector.safetensors", "uso_flux_v1.0/projector.safetensors", "USO/uso_flux_v1.0/projector.safetensors"]),
        ("SigLIP", ["siglip", "siglip-so400m-patch14-384"]),
    ]

    /// - Throws: `ModelDirectoryError.unrecognized` with what was found and what is missing.
    static func description(of directory: String) throws(ModelDirectoryError) -> ModelDescription {
        func find(_ candidates: [String]) -> String? {
            candidates.first { FileManager.default.fileExists(atPath: (directory as NSString).appendingPathComponent($0)) }
        }
        let hasStyle = styleNames.contains { find($0.candidates) != nil }
        var found: [String: String] = [:]
        var missing: [String] = []
        for (component, candidates) in names + (hasStyle ? styleNames : []) {
            found[component] = find(candidates)
            if found[component] == nil { missing.append("\(candidates[0]) (\(component))") }
        }
        guard missing.isEmpty, let flux = found["transformer"], let autoencoder = found["autoencoder"], let t5 = found["T5"],
            let clip = found["CLIP"], let adapter = found["adapter"]
        else {
            throw .unrecognized(directory, found: found.values.sorted(), missing: missing)
        }
        var description = ModelDescription(
            system: hasStyle ? "uso" : "uno",
            files: .init(
                flux: flux, autoencoder: autoencoder, t5: t5, clip: clip, loras: [.init(file: adapter)], projector: found["projector"],
                siglip: found["SigLIP"]))
        description.flux = flux.contains("schnell") ? .schnell : .dev
        description.autoencoder = .flux
        description.style = hasStyle ? .official : nil
        description.defaults.width = hasStyle ? 1024 : 512
        description.defaults.height = description.defaults.width
        description.defaults.steps = 25
        description.defaults.guidance = 4
        return description
    }
}
