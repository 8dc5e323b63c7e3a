import Foundation
import Generation
import ModelHub

/// Checksums of the files that a picture depends on.
struct Fingerprints: Sendable {
    /// SHA-256 by name in the model's directory.
    let model: [String: String]
    /// SHA-256 of each adapter given on the command line.
    let adapters: [String]

    /// - Throws: `ModelHubError.file` for files that cannot be read, `CancellationError`.
    init(of job: GenerationJob) async throws {
        let hash = FileHash(cacheDirectory: CacheFolder.url.path)
        var model: [String: String] = [:]
        for file in job.model.parts.flatMap(\.files) { model[file.name] = try await hash.sha256(of: file.path) }
        self.model = model
        var adapters: [String] = []
        for adapter in job.adapters { adapters.append(try await hash.sha256(of: adapter.path)) }
        self.adapters = adapters
    }

    /// What is no longer as it was when a picture was drawn.
    func differences(from recipe: Recipe) -> [String] {
        let changed = recipe.modelFiles.keys.sorted().filter { name in model[name].map { $0 != recipe.modelFiles[name] } ?? false }
        var notes = changed.map { "The model's \($0) is not the one the picture was drawn with; the picture will differ." }
        if recipe.modelFiles.keys.contains(where: { model[$0] == nil }) {
            notes.append("The model has other files than the one the picture was drawn with; the picture will differ.")
        }
        if recipe.version != Atelier.version {
            notes.append("The picture was drawn by version \(recipe.version), this is \(Atelier.version); the change log names what changed.")
        }
        return notes
    }
}
