import Foundation

/// Recognises a directory that holds the official files of FLUX.1-dev and of UNO, USO or DreamO, without a `model.json`.
enum OfficialFiles {
    /// A component, and the paths at which it may lie: its names in the official repositories and where the official programs' downloads
    /// put it, most specific first.
    typealias Names = (component: String, candidates: [String])

    /// Where the base may lie.
    private static let baseFolders = ["", "FLUX.1-dev/", "black-forest-labs/FLUX.1-dev/"]
    static let base: [Names] = [
        ("transformer", ["flux1-dev.safetensors", "flux1-schnell.safetensors", "transformer"]),
        ("autoencoder", ["ae.safetensors", "vae"]),
        ("T5", ["t5", "xflux_text_encoders", "text_encoder_2", "t5-xxl"]),
        ("CLIP", ["clip", "clip-vit-large-patch14", "text_encoder", "clip-vit-l14"]),
    ].map { component, names in (component, baseFolders.flatMap { folder in names.map { folder + $0 } }) }

    private static let adapter: Names = (
        "adapter", ["dit_lora.safetensors", "uso_flux_v1.0/dit_lora.safetensors", "USO/uso_flux_v1.0/dit_lora.safetensors"]
    )
    /// What USO has besides: its adapter alone cannot be told from UNO's.
    private static let style: [Names] = [
        ("projector", ["projector.safetensors", "uso_flux_v1.0/projector.safetensors", "USO/uso_flux_v1.0/projector.safetensors"]),
        ("SigLIP", ["siglip", "siglip-so400m-patch14-384"]),
    ]

    /// - Throws: `ModelDirectoryError.unrecognized` with what was found and what is missing.
    static func description(of directory: String) throws(ModelDirectoryError) -> ModelDescription {
        if let description = try DreamOFiles.description(of: directory) { return description }
        let hasStyle = style.contains { path(of: $0.candidates, in: directory) != nil }
        // A whole model in diffusers' layout draws without an adapter too.
        let needsAdapter = hasStyle || path(of: adapter.candidates, in: directory) != nil || diffusers(in: directory) != "."
        let found = try find(base + (needsAdapter ? [adapter] : []) + (hasStyle ? style : []), in: directory)
        var description = found.description(of: hasStyle ? "uso" : "uno")
        description.files.loras = found["adapter"].map { [.init(file: $0)] }
        description.files.projector = found["projector"]
        description.files.siglip = found["SigLIP"]
        description.style = hasStyle ? .official : nil
        description.defaults.width = hasStyle ? 1024 : 512
        description.defaults.height = description.defaults.width
        description.defaults.steps = 25
        description.defaults.guidance = 4
        return description
    }

    /// Where each component was found.
    struct Found {
        fileprivate let directory: String
        fileprivate let paths: [String: String]

        subscript(_ component: String) -> String? { paths[component] }

        /// A model of the base alone. Official single files have the official dimensions; diffusers' layout brings its own.
        func description(of system: String) -> ModelDescription {
            let flux = paths["transformer"] ?? "", autoencoder = paths["autoencoder"] ?? ""
            var description = ModelDescription(
                system: system, files: .init(flux: flux, autoencoder: autoencoder, t5: paths["T5"] ?? "", clip: paths["CLIP"] ?? ""))
            description.files.diffusers = OfficialFiles.diffusers(in: directory)
            if isFile(flux) { description.flux = flux.contains("schnell") ? .schnell : .dev }
            if isFile(autoencoder) { description.autoencoder = .flux }
            return description
        }

        private func isFile(_ name: String) -> Bool { [".safetensors", ".gguf"].contains { name.lowercased().hasSuffix($0) } }
    }

    /// - Throws: `ModelDirectoryError.unrecognized` unless every component was found.
    static func find(_ names: [Names], in directory: String) throws(ModelDirectoryError) -> Found {
        var found: [String: String] = [:]
        var missing: [String] = []
        for (component, candidates) in names {
            found[component] = path(of: candidates, in: directory) ?? (component == base[0].component ? quantizedTransformer(in: directory) : nil)
            if found[component] == nil { missing.append("\(candidates[0]) (\(component))") }
        }
        guard missing.isEmpty else { throw .unrecognized(directory, found: found.values.sorted(), missing: missing) }
        return Found(directory: directory, paths: found)
    }

    /// The one file that quantizers made of the official transformer, as they name it: flux1-dev-Q8_0.gguf, flux1-dev-fp8.safetensors.
    ///
    /// Of several none is chosen: a `model.json` has to say which.
    private static func quantizedTransformer(in directory: String) -> String? {
        let files = baseFolders.flatMap { folder in
            let names = try? FileManager.default.contentsOfDirectory(atPath: (directory as NSString).appendingPathComponent(folder))
            return (names ?? []).filter { $0.wholeMatch(of: /flux1-(dev|schnell)[-_.].*\.(gguf|safetensors)/.ignoresCase()) != nil }.map { folder + $0 }
        }
        return files.count == 1 ? files[0] : nil
    }

    static func path(of candidates: [String], in directory: String) -> String? { candidates.first { exists($0, in: directory) } }

    static func exists(_ name: String, in directory: String) -> Bool {
        FileManager.default.fileExists(atPath: (directory as NSString).appendingPathComponent(name))
    }

    /// The folder of a base in diffusers' layout, where there is one.
    private static func diffusers(in directory: String) -> String? {
        baseFolders.first { exists($0 + "model_index.json", in: directory) }.map { $0.isEmpty ? "." : String($0.dropLast()) }
    }
}
