import Foundation
import Testing
import TestSupport
import Torch

@Suite(.serialized) struct RuntimeTests {
    @Test func libtorchTellsAboutItself() {
        #expect(TorchRuntime.version.hasPrefix("2."))
        #expect(!TorchRuntime.cpuCapability.isEmpty)
        #expect(TorchRuntime.threadCount >= 1)
    }

    @Test func gradientModeIsRestoredWhenTheBodyThrows() {
        #expect(throws: TorchError.self) {
            try withoutGradients { () throws(TorchError) in try Tensor.zeros([-1]) }
        }
        #expect(withoutGradients { 3 } == 3)
    }

    /// An actor as models use it.
    private actor Host {
        let thread = TorchThreadExecutor(name: "test")
        nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
        private var steps = 0

        func step() async -> (thread: ObjectIdentifier, step: Int) {
            steps += 1
            let step = steps
            await Task.yield()
            thread.checkIsolated()
            return (currentThread(), step)
        }

        func doubled(_ value: Double) throws -> Double { try (Tensor.full([], value) * 2).item() }
    }

    @Test func allJobsOfAnActorRunOnOneThread() async throws {
        let host = Host()
        let steps = await withTaskGroup(of: (thread: ObjectIdentifier, step: Int).self) { group in
            for _ in 0..<100 { group.addTask { await host.step() } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(steps.map(\.thread)).count == 1)
        #expect(Set(steps.map(\.step)) == Set(1...100))
        #expect(steps.first?.thread != currentThread())
        #expect(try await host.doubled(4) == 8)
    }

    @Test func executorsComeAndGo() async throws {
        for value in 0..<50 { #expect(try await Host().doubled(Double(value)) == Double(2 * value)) }
    }
}

private func currentThread() -> ObjectIdentifier { ObjectIdentifier(Thread.current) }
