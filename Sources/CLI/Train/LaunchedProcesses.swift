import Flux
import Foundation
import Generation
import Torch

/// The processes that `mpirun` started, where it did, and the GPU of each.
enum LaunchedProcesses {
    static func group() throws -> ProcessGroup? {
        guard let count = variable("OMPI_COMM_WORLD_SIZE"), count > 1 else { return nil }
        return try ProcessGroup()
    }

    /// Where this process computes: the GPU asked for, or the one whose number is that of the process on its machine.
    ///
    /// - Parameter remark: told why a GPU of the machine is not used.
    /// - Throws: `RequestError.unsupported` for a GPU that is not there.
    static func device(_ argument: DeviceArgument?, _ group: ProcessGroup?, remark: (String) -> Void) throws -> Device {
        var options = ExecutionOptions()
        options.device = argument?.choice ?? .auto
        if options.device != .cpu {
            let outcome = CUDALibraries.load()
            if !outcome.isQuiet { remark("\(outcome)") }
        }
        let isAny = argument.map { !$0.namesIndex && $0.choice != .cpu } ?? true
        if isAny, let place = variable("OMPI_COMM_WORLD_LOCAL_RANK"), options.device != .auto || TorchRuntime.cudaDeviceCount > 0 {
            options.device = .cuda(place)
        }
        return try Placement(options).device
    }

    private static func variable(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap(Int.init) }
}
