import ArgumentParser
import Flux
import Foundation
import Generation
import Imaging

/// What one `generate` is to do, with everything checked that can be checked before the work starts.
struct GenerationJob: Sendable {
    let model: ChosenModel
    let adapters: [AdapterArgument]
    let execution: ExecutionOptions
    let references: [ReferenceFile]
    let output: OutputPlan
    /// Remarks for the person, known before the work.
    let notes: [String]
    private let base: GenerationRequest
    private let recipe: Recipe?
    private let upright: Bool

    /// - Throws: `ValidationError` and `RequestError` for wrong values, other errors for files that cannot be used.
    init(picture: PictureOptions, model options: ModelOptions, output: OutputOptions) throws {
        recipe = try picture.from.map { try Recipe.stored(in: $0) }
        var request = picture.request(over: recipe?.request)
        try request.validate()
        guard request.seed <= .max - UInt64(output.count - 1) else {
            throw ValidationError("--seed \(request.seed) leaves no room for \(output.count) seeds in a row; choose a smaller one")
        }
        self.output = try OutputPlan(output, firstSeed: request.seed)
        model = try ChosenModel(options.model ?? recipe?.model)
        adapters = try options.adapters(recipe)
        execution = try options.execution(recipe)
        upright = picture.upright || recipe?.upright == true
        references = try ReferenceFile.read(picture, recipe, upright: upright)
        try self.output.checkSpares(references.map(\.path) + adapters.map(\.path) + model.directory.parts.flatMap(\.files).map(\.path))
        request.references = references.map(\.reference)
        if picture.keepSize {
            guard let first = references.first else { throw ValidationError("--keep-size needs a reference; give --ref, or --width and --height") }
            request.width = first.reference.image.width
            request.height = first.reference.image.height
            do { try request.validate() } catch {
                throw ValidationError("--keep-size takes the size of \(first.path), and its \(error) Give --width and --height instead")
            }
        }
        base = request
        notes = (picture.seed?.isRandom == true ? ["The seed is \(request.seed)."] : []) + references.flatMap(\.notes)
    }

    /// The request for the picture at `index` of those asked for.
    func request(_ index: Int) -> GenerationRequest {
        var request = base
        request.seed += UInt64(index)
        return request
    }

    /// Checksums of all files that shape the picture, for its recipe.
    func fingerprints(_ progress: any ProgressReport) async throws -> Fingerprints {
        let prints = try await Fingerprints(of: self)
        if let recipe { for note in prints.differences(from: recipe) { progress.note(note) } }
        return prints
    }

    /// Saves a picture with its recipe, and gives back its path.
    func save(_ result: GenerationResult, _ number: PictureNumber, _ prints: Fingerprints) throws -> String {
        var recipe = Recipe(result.request, version: Atelier.version, system: model.directory.description.system, model: model.name)
        recipe.modelFiles = prints.model
        recipe.adapters = zip(adapters, prints.adapters).map { .init(path: $0.path, weight: $0.weight, sha256: $1) }
        recipe.references = references.map { .init(role: $0.reference.role, path: $0.reference.name, sha256: $0.sha256, slot: $0.reference.slot) }
        recipe.device = result.execution.device.text
        recipe.type = result.execution.type.rawValue
        recipe.upright = upright
        let path = output.path(number, seed: result.request.seed)
        try PictureFile.write(result.image, to: path, metadata: recipe.metadata)
        return path
    }
}

extension PictureOptions {
    /// The request of the options; what they leave out comes from `base`.
    fileprivate func request(over base: GenerationRequest?) -> GenerationRequest {
        var request = base ?? GenerationRequest(prompt: "")
        if let prompt { request.prompt = prompt }
        if let negative { request.negativePrompt = negative }
        if let width { request.width = width }
        if let height { request.height = height }
        if let steps { request.stepCount = steps }
        if let guidance { request.guidance = guidance }
        if let trueCFG { request.trueCFG = trueCFG }
        if let cfgWindow { request.cfgWindow = cfgWindow.steps }
        if let negativeGuidance { request.negativeGuidance = negativeGuidance }
        if let firstStepGuidance { request.firstStepGuidance = firstStepGuidance }
        if let preparation { request.preparation = preparation }
        if let seed { request.seed = seed.number }
        if let referenceSize { request.referenceSize = referenceSize }
        if let position { request.positions = position }
        if let posterior { request.posterior = posterior.sampling }
        if let noiseType { request.noiseType = noiseType }
        if let noiseDevice { request.noiseDevice = noiseDevice }
        return request
    }
}

extension ModelOptions {
    /// Adapters of the options, else those of the repeated picture.
    fileprivate func adapters(_ recipe: Recipe?) throws -> [AdapterArgument] {
        let adapters = lora.isEmpty ? (recipe?.adapters ?? []).map { AdapterArgument(path: $0.path, weight: $0.weight) } : lora
        for adapter in adapters where !FileManager.default.fileExists(atPath: adapter.path) {
            throw CommandFailure("\(adapter.path) does not exist; expected an adapter file. Check the path given to --lora.")
        }
        return adapters
    }
}
