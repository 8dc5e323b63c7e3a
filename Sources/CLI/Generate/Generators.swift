import Generation
import UNO

extension ChosenModel {
    /// The generator for the model's system; `ModelDirectory` has refused the systems that this version does not run.
    func generator(_ adapters: [AdapterArgument], _ execution: ExecutionOptions) -> any ImageGenerator {
        if execution.device != .cpu { CUDALibraries.load() }
        return UNOGenerator(directory, adapters: adapters.map { .init(path: $0.path, weight: $0.weight) }, execution: execution)
    }
}
