import Checkpoints
import Generation
import Torch

/// Collects the values a picture is made of and writes them as one file at the end.
final class DumpRecorder {
    private var tensors: [(name: String, tensor: Tensor)] = []

    func record(_ name: String, _ tensor: Tensor) {
        tensors.append((name, tensor))
    }

    func write(to file: DumpFile) throws {
        try SafetensorsWriter.write(tensors.map { ($0.name, try $0.tensor.to(.cpu).contiguous()) }, metadata: [:], to: file.path)
    }
}
