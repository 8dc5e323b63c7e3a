import DreamO
import Flux
import Generation
import UNO

extension GenerationJob {
    /// The generator for the model's system; `ModelDirectory` has refused the systems that this version does not run.
    func generator() -> any ImageGenerator {
        if execution.device != .cpu { CUDALibraries.load() }
        let files = adapters.map { AdapterFile(path: $0.path, weight: $0.weight) }
        return switch model.directory.description.system {
        case "dreamo": DreamOGenerator(model.directory, adapters: files, execution: execution)
        default: UNOGenerator(model.directory, adapters: files, execution: execution)
        }
    }
}
