import ArgumentParser
import Flux
import Foundation
import Generation
import Imaging

/// What one `generate` is to do, with everything checked that can be checked before the work starts.
struct GenerationJob: Sendable {
    let model: DrawingModel
    let adapters: [AdapterArgument]
    let execution: ExecutionOptions
    let output: OutputPlan
    /// Pictures to draw.
    let count: Int
    /// Remarks for the person, known before the work.
    let notes: [String]
    private let base: GenerationRequest
    /// References of pictures that name none of their own.
    private let references: [ReferenceFile]
    private let prompts: PromptList?
    /// Pictures of one prompt; their seeds follow one another.
    private let repeats: Int
    private let recipe: Recipe?
    private let upright: Bool

    /// A picture to draw, and the files that its references were read from.
    struct Drawing: Sendable {
        let request: GenerationRequest
        let references: [ReferenceFile]
    }

    /// - Parameter randomSeed: the seed where any will do.
    /// - Throws: `ValidationError` and `RequestError` for wrong values, other errors for files that cannot be used.
    init(picture: PictureOptions, model options: ModelOptions, output: OutputOptions, randomSeed: UInt32) throws {
        recipe = try picture.from.map { try Recipe.stored(in: $0) }
        base = picture.request(over: recipe?.request, randomSeed: randomSeed)
        prompts = try picture.prompts.map { try PromptList($0) }
        repeats = output.count
        count = (prompts?.entries.count ?? 1) * repeats
        guard output.dump == nil || count == 1 else { throw ValidationError("--dump records one picture; leave it out, or draw one") }
        if let seed = ([base.seed] + (prompts?.entries.compactMap(\.seed) ?? [])).first(where: { [repeats] in $0 > .max - UInt64(repeats - 1) }) {
            throw ValidationError("--seed \(seed) leaves no room for \(repeats) seeds in a row; choose a smaller one")
        }
        self.output = try OutputPlan(output, count: count, firstSeed: base.seed)
        model = try DrawingModel(options.model ?? recipe?.model)
        guard output.savePrepared == nil || model.system == "dreamo" else {
            throw ValidationError("--save-prepared saves what DreamO's networks make of references, and this model is none of DreamO; leave it out")
        }
        adapters = try options.adapters(recipe)
        guard adapters.isEmpty || !model.isUniToken else {
            throw ValidationError("--lora is for models on FLUX, and this one is UniToken's; leave it out")
        }
        execution = try options.execution(recipe)
        upright = picture.upright || recipe?.upright == true
        references = try ReferenceFile.read(picture, recipe, upright: upright)
        let listed = prompts?.entries.flatMap { $0.references ?? [] } ?? []
        let files = references.map(\.path) + listed + adapters.map(\.path) + model.parts.flatMap(\.files).map(\.path)
        try self.output.checkSpares(files + (picture.prompts.map { [$0] } ?? []))
        var notes = picture.seed?.isRandom == true ? ["The seed is \(base.seed)."] : []
        if picture.keepSize, picture.width != nil || picture.height != nil {
            // As in USO's own programs, where the size of the content goes before the one asked for.
            notes.append("--keep-size takes the size from a reference; --width and --height are left aside.")
        }
        self.notes = notes + references.flatMap(\.notes)
        // Whatever is wrong with one of the prompts is told before the first is drawn.
        for index in stride(from: 0, to: count, by: repeats) { try request(index).validate() }
    }

    /// The picture at `index` of those asked for, its references read.
    func drawing(_ index: Int) throws -> Drawing {
        let own = try prompts?.entries[index / repeats].references?.map { try ReferenceFile(.subject, $0, upright: upright) }
        let references = own ?? references
        var request = request(index)
        request.references = references.map(\.reference)
        return Drawing(request: request, references: references)
    }

    /// The same without the references.
    private func request(_ index: Int) -> GenerationRequest {
        var request = base
        if let entry = prompts?.entries[index / repeats] {
            request.prompt = entry.prompt
            request.seed = entry.seed ?? request.seed
        }
        request.seed += UInt64(index % repeats)
        return request
    }

    func generator() -> any ImageGenerator { model.generator(adapters, execution) }

    /// Checksums of all files that shape every picture, for its recipe.
    func fingerprints(_ progress: any ProgressReport) async throws -> Fingerprints {
        let prints = try await Fingerprints(of: self)
        if let recipe { for note in prints.differences(from: recipe) { progress.note(note) } }
        return prints
    }

    /// Saves a picture with its recipe, and gives back its path.
    func save(_ result: GenerationResult, of drawing: Drawing, _ number: PictureNumber, _ prints: Fingerprints) throws -> String {
        var recipe = Recipe(result.request, version: Atelier.version, system: model.system, model: model.name)
        recipe.modelFiles = prints.model
        recipe.adapters = zip(adapters, prints.adapters).map { .init(path: $0.path, weight: $0.weight, sha256: $1) }
        recipe.references = drawing.references.map {
            .init(role: $0.reference.role, path: $0.reference.name, sha256: $0.sha256, slot: $0.reference.slot)
        }
        recipe.device = result.execution.device.text
        recipe.type = result.execution.type.rawValue
        // The other forms are the file's own numbers.
        if let weights = result.execution.weights, [.float8, .int8].contains(weights) { recipe.weights = weights }
        recipe.upright = upright
        let path = output.path(number, seed: result.request.seed)
        try PictureFile.write(result.image, to: path, metadata: recipe.metadata)
        return path
    }
}

extension PictureOptions {
    /// The request of the options; what they leave out comes from `base`.
    fileprivate func request(over base: GenerationRequest?, randomSeed: UInt32) -> GenerationRequest {
        var request = base ?? GenerationRequest(prompt: "")
        if let prompt { request.prompt = prompt }
        if let negative { request.negativePrompt = negative }
        if let width { request.width = width }
        if let height { request.height = height }
        if keepSize { (request.keepsSize, request.width, request.height) = (true, nil, nil) }
        if let steps { request.stepCount = steps }
        if let guidance { request.guidance = guidance }
        if let trueCFG { request.trueCFG = trueCFG }
        if let cfgWindow { request.cfgWindow = cfgWindow.steps }
        if let negativeGuidance { request.negativeGuidance = negativeGuidance }
        if let firstStepGuidance { request.firstStepGuidance = firstStepGuidance }
        if let cfg { request.drawing.cfg = cfg }
        if let imageTopK { request.drawing.imageTopK = imageTopK }
        if let temperature { request.drawing.temperature = temperature }
        if let grids { (request.drawing.grids, request.width, request.height) = (grids, width, height) }
        if greedy { request.drawing.isGreedy = true }
        if let preparation { request.preparation = preparation }
        if let seed { request.seed = seed.number(or: randomSeed) }
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
