import Flux
import Foundation
import Generation
import Torch

/// Where a training process computes.
enum TrainingDevice {
    /// Where this process computes: the GPU asked for, or the one whose number is that of the process on its machine.
    ///
    /// - Parameter remark: told why a GPU of the machine is not used.
    /// - Throws: `RequestError.unsupported` for a GPU that is not there.
    static func chosen(_ argument: DeviceArgument?, remark: (String) -> Void) throws -> Device {
        var options = ExecutionOptions()
        options.device = argument?.choice ?? .auto
        if options.device != .cpu {
            let outcome = CUDALibraries.load()
            if !outcome.isQuiet { remark("\(outcome)") }
        }
        let isAny = argument.map { !$0.namesIndex && $0.choice != .cpu } ?? true
        let place = ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_LOCAL_RANK"].flatMap(Int.init)
        if isAny, let place, options.device != .auto || TorchRuntime.cudaDeviceCount > 0 {
            options.device = .cuda(place)
        }
        return try Placement(options).device
    }
}
