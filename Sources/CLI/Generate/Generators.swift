import Generation
import UNO

extension GenerationJob {
    /// The generator for the model's system; `ModelDirectory` has refused the systems that this version does not run.
    func generator() -> any ImageGenerator {
        if execution.device != .cpu { CUDALibraries.load() }
        return UNOGenerator(model.directory, adapters: adapters.map { AdapterFile(path: $0.path, weight: $0.weight) }, execution: execution)
    }
}
