import Checkpoints
package import Generation
package import Torch

/// Collects the values a picture is made of and writes them as one file at the end.
package final class DumpRecorder {
    private var tensors: [(name: String, tensor: Tensor)] = []

    package init() {}

    package func record(_ name: String, _ tensor: Tensor) {
        tensors.append((name, tensor))
    }

    package func write(to file: DumpFile) throws {
        try SafetensorsWriter.write(tensors.map { ($0.name, try $0.tensor.to(.cpu).contiguous()) }, metadata: [:], to: file.path)
    }
}
