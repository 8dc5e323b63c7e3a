import DreamO
import Flux
import Generation
import UNO
import USO

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
