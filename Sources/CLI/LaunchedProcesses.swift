import Foundation
import Torch

/// The processes that `mpirun` started to share the work of a command; one alone where it did not.
///
/// Open MPI wants all its calls from the thread that joined, and this actor has one.
actor LaunchedProcesses {
    /// Which of the processes this one is, from 0, and how many there are.
    nonisolated let rank: Int, count: Int
    private var group: ProcessGroup?
    private let thread = TorchThreadExecutor(name: "processes")

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Whether this one writes what there is one of, and shows how far the work is.
    nonisolated var isFirst: Bool { rank == 0 }

    private init() {
        (rank, count) = Self.launched ?? (0, 1)
    }

    /// Runs work that the processes share, with a part for each.
    ///
    /// A failure of one ends all of them: the others would wait for it for ever.
    static func sharing(_ work: @Sendable (LaunchedProcesses) async throws -> Void) async throws {
        let processes = LaunchedProcesses()
        do {
            try await processes.join()
            try await work(processes)
            try await processes.leave()
        } catch {
            // What is interrupted here is interrupted everywhere.
            if !(error is CancellationError) { await processes.end(for: error) }
            throw error
        }
    }

    /// Waits until every process is here.
    func synchronize() throws { try group?.synchronize() }

    /// The first process's number, in all of them.
    func agreed(on number: UInt32) throws -> UInt32 {
        guard let group else { return number }
        return UInt32(try group.sum([isFirst ? Double(number) : 0])[0])
    }

    private func join() throws { group = try Self.joined() }

    private func leave() throws {
        try group?.leave()
        group = nil
    }

    private func end(for error: any Error) {
        if let group { Self.end(group, for: error) }
    }

    // MARK: Open MPI

    /// What Open MPI tells the processes that it starts; nil for one that runs alone.
    private static var launched: (rank: Int, count: Int)? {
        func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_\(name)"].flatMap(Int.init) }
        guard let count = number("SIZE"), let rank = number("RANK"), count > 1, (0..<count).contains(rank) else { return nil }
        return (rank, count)
    }

    /// The group of the processes, joined on the calling thread; nil for one that runs alone.
    static func joined() throws -> ProcessGroup? { try launched == nil ? nil : ProcessGroup() }

    /// Says what failed in this process and ends all.
    static func end(_ group: ProcessGroup, for error: any Error) {
        Console.remark("process \(group.rank) of \(group.count) failed:")
        group.abort(code: Int(Program.report(error)))
    }
}
