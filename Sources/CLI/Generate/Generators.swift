import Flux
import Generation

extension GenerationJob {
    /// The generator for the model's system.
    func generator() throws -> any ImageGenerator {
        throw CommandFailure("The system '\(model.directory.description.system)' has no pipeline in this build.")
    }
}
