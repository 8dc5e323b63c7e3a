import DreamO
import Flux
import Generation
import UNO
import USO
import UniToken

extension ChosenModel {
    /// The generator for the model's system; those that this version does not run were refused when it was opened.
    func generator(_ adapters: [AdapterArgument], _ execution: ExecutionOptions) -> any ImageGenerator {
        if execution.device != .cpu { CUDALibraries.load() }
        let adapters = adapters.map { AdapterFile(path: $0.path, weight: $0.weight) }
        switch directory.description.system {
        case "uso": return USOGenerator(directory, adapters: adapters, execution: execution)
        case "dreamo": return DreamOGenerator(directory, adapters: adapters, execution: execution)
        default: return UNOGenerator(directory, adapters: adapters, execution: execution)
        }
    }
}

/// The model that `generate` draws with: one on FLUX, or UniToken.
enum DrawingModel: Sendable {
    case flux(ChosenModel)
    case uniToken(UniTokenDirectory, name: String)

    /// - Parameter path: nil for the model that comes with the program.
    /// - Throws: `ModelDirectoryError`, `UniTokenError`, or `CommandFailure` where no model comes with the program.
    init(_ path: String?) throws {
        if let path, UniTokenDirectory.isUniToken(path) {
            self = .uniToken(try UniTokenDirectory(path: path), name: path)
        } else {
            self = .flux(try ChosenModel(path))
        }
    }

    var isUniToken: Bool { if case .uniToken = self { true } else { false } }

    var system: String {
        switch self {
        case .flux(let model): model.directory.description.system
        case .uniToken: UniTokenDescription.system
        }
    }

    /// As the person gave it; nil for the model that comes with the program.
    var name: String? {
        switch self {
        case .flux(let model): model.name
        case .uniToken(_, let name): name
        }
    }

    /// Everything that shapes a picture.
    var parts: [ModelPart] {
        switch self {
        case .flux(let model): model.directory.parts + model.directory.tokenizers
        case .uniToken(let directory, _): directory.parts + directory.vocabularies
        }
    }

    func generator(_ adapters: [AdapterArgument], _ execution: ExecutionOptions) -> any ImageGenerator {
        switch self {
        case .flux(let model): return model.generator(adapters, execution)
        case .uniToken(let directory, _):
            if execution.device != .cpu { CUDALibraries.load() }
            return UniTokenGenerator(directory, execution: execution)
        }
    }
}
