import Foundation
import Torch

/// Finds and loads libtorch's CUDA part, which is not needed to build or to run on the processor.
///
/// It is looked for in `$ATELIER_CUDA`, in the directories of `$LD_LIBRARY_PATH`, and beside libtorch itself.
enum CUDALibraries {
    /// What came of it.
    enum Outcome: CustomStringConvertible {
        case noGPU
        case notFound(directories: [String])
        case failed(String)
        case loaded(devices: Int)

        var description: String {
            switch self {
            case .noGPU: "no NVIDIA GPU or driver; the processor is used"
            case .notFound(let directories):
                "a GPU is there, but libtorch_cuda.so of libtorch \(TorchRuntime.version) is in none of \(directories.joined(separator: ", ")); "
                    + "set ATELIER_CUDA to the lib folder of a PyTorch \(TorchRuntime.version) built for CUDA. The processor is used"
            case .failed(let reason): "\(reason). The processor is used"
            case .loaded(let devices): devices == 1 ? "1 device" : "\(devices) devices"
            }
        }

        /// Whether nobody needs to be told: there is no GPU, or it can be used.
        var isQuiet: Bool {
            switch self {
            case .noGPU, .loaded: true
            case .notFound, .failed: false
            }
        }
    }

    /// Loads it where a GPU's driver is there; safe to call again.
    @discardableResult
    static func load() -> Outcome {
        guard FileManager.default.fileExists(atPath: "/dev/nvidiactl") else { return .noGPU }
        let directories = searchPath
        guard let directory = directories.first(where: { FileManager.default.fileExists(atPath: "\($0)/libtorch_cuda.so") }) else {
            return .notFound(directories: directories)
        }
        do {
            try TorchRuntime.loadCUDA(from: directory)
            return .loaded(devices: TorchRuntime.cudaDeviceCount)
        } catch {
            return .failed("\(error)")
        }
    }

    /// Where NCCL may lie: beside CUDA's part of libtorch, or where PyTorch's wheels keep it.
    static var directoriesOfNCCL: [String] { searchPath.flatMap { [$0, "\($0)/../../nvidia/nccl/lib"] } }

    private static var searchPath: [String] {
        let environment = ProcessInfo.processInfo.environment
        let given = environment["ATELIER_CUDA"].map { [$0] } ?? []
        let linked = environment["LD_LIBRARY_PATH"]?.split(separator: ":").map(String.init) ?? []
        return given + linked + [TorchRuntime.libraryDirectory]
    }
}
