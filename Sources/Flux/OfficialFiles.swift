import Foundation

/// Recognises a directory that holds the official files of FLUX.1-dev and UNO or DreamO, without a `model.json`.
enum OfficialFiles {
    /// The names that each component of the base has in the official repositories, most specific first.
    static let base: [(component: String, candidates: [String])] = [
        ("transformer", ["flux1-dev.safetensors", "flux1-schnell.safetensors", "transformer"]),
        ("autoencoder", ["ae.safetensors", "vae"]),
        ("T5", ["t5", "xflux_text_encoders", "text_encoder_2"]),
        ("CLIP", ["clip", "clip-vit-large-patch14", "text_encoder"]),
    ]

    /// - Throws: `ModelDirectoryError.unrecognized` with what was found and what is missing.
    static func description(of directory: String) throws(ModelDirectoryError) -> ModelDescription {
        if let description = try DreamOFiles.description(of: directory) { return description }
        let isDiffusers = exists("model_index.json", in: directory)
        // A whole model in diffusers' layout draws without an adapter too.
        let names = base + (isDiffusers && !exists(adapter, in: directory) ? [] : [("adapter", [adapter])])
        let found = try find(names, in: directory)
        var description = ModelDescription(system: "uno", files: found.files)
        description.files.loras = found["adapter"].map { [.init(file: $0)] }
        description.files.diffusers = isDiffusers ? "." : nil
        description.useOfficialDimensions()
        description.defaults.width = 512
        description.defaults.height = 512
        description.defaults.steps = 25
        description.defaults.guidance = 4
        return description
    }

    private static let adapter = "dit_lora.safetensors"

    /// Where each component was found.
    struct Found {
        fileprivate let paths: [String: String]

        subscript(_ component: String) -> String? { paths[component] }

        /// The base's files.
        var files: ModelDescription.Files {
            .init(flux: paths["transformer"] ?? "", autoencoder: paths["autoencoder"] ?? "", t5: paths["T5"] ?? "", clip: paths["CLIP"] ?? "")
        }
    }

    /// - Parameter folders: where the candidates may lie, each beginning with "" or ending in "/".
    /// - Throws: `ModelDirectoryError.unrecognized` unless every component was found.
    static func find(
        _ names: [(component: String, candidates: [String])], in directory: String, folders: [String] = [""]
    ) throws(ModelDirectoryError) -> Found {
        var found: [String: String] = [:]
        var missing: [String] = []
        for (component, candidates) in names {
            let path = folders.lazy.flatMap { folder in candidates.map { folder + $0 } }.first { exists($0, in: directory) }
            found[component] = path
            if path == nil { missing.append("\(candidates[0]) (\(component))") }
        }
        guard missing.isEmpty else { throw .unrecognized(directory, found: found.values.sorted(), missing: missing) }
        return Found(paths: found)
    }

    static func exists(_ name: String, in directory: String) -> Bool {
        FileManager.default.fileExists(atPath: (directory as NSString).appendingPathComponent(name))
    }
}

extension ModelDescription {
    /// The dimensions of the official single files; directories in diffusers' layout bring their own.
    mutating func useOfficialDimensions() {
        if files.flux.hasSuffix(".safetensors") { flux = files.flux.contains("schnell") ? .schnell : .dev }
        if files.autoencoder.hasSuffix(".safetensors") { autoencoder = .flux }
    }
}
