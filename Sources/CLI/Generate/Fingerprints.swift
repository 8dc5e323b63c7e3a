import Generation

/// Checksums of the files that a picture depends on.
struct Fingerprints: Sendable {
    /// SHA-256 by name in the model's directory.
    let model: [String: String]
    /// SHA-256 of each adapter given on the command line.
    let adapters: [String]

    /// - Throws: `CommandFailure` for files that cannot be read, `CancellationError`.
    init(of job: GenerationJob, _ progress: any ProgressReport) throws {
        var hashes = FileHashes()
        let files = job.model.directory.parts.flatMap(\.files)
        let fresh = (files.map(\.path) + job.adapters.map(\.path)).reduce(0) { $0 + hashes.unknownByteCount(of: $1) }
        if fresh > 1 << 30 { progress.note("Taking the checksums of \(fresh >> 30) GiB of model files for the recipe; this happens once.") }
        var model: [String: String] = [:]
        for file in files { model[file.name] = try hashes.sha256(of: file.path) }
        self.model = model
        adapters = try job.adapters.map { try hashes.sha256(of: $0.path) }
        hashes.save()
    }

    /// What is no longer as it was when a picture was drawn.
    func differences(from recipe: Recipe) -> [String] {
        var notes = recipe.modelFiles.keys.sorted().compactMap { name in
            model[name].flatMap { $0 == recipe.modelFiles[name] ? nil : "The model's \(name) is not the one the picture was drawn with; the picture will differ." }
        }
        if recipe.modelFiles.keys.contains(where: { model[$0] == nil }) {
            notes.append("The model has other files than the one the picture was drawn with; the picture will differ.")
        }
        if recipe.version != Atelier.version {
            notes.append("The picture was drawn by version \(recipe.version), this is \(Atelier.version); the change log names what changed.")
        }
        return notes
    }
}
