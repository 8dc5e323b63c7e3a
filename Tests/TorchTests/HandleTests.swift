import Testing
import Torch

/// Runs in a process of its own: other tests hold handles of theirs meanwhile.
@Suite struct HandleTests {
    @Test func noHandleSurvivesTheWorkThatMadeIt() async {
        await #expect(processExitsWith: .success) {
            try work()
            precondition(TorchRuntime.liveHandleCount == 0, "\(TorchRuntime.liveHandleCount) handles were not freed")
        }
    }

    @Test func theCounterSeesAHandleThatIsHeld() async {
        await #expect(processExitsWith: .success) {
            let tensor = try Tensor.zeros([2])
            precondition(TorchRuntime.liveHandleCount == 1)
            withExtendedLifetime(tensor) {}
        }
    }
}

/// Successes, views, several results and failures of every kind.
private func work() throws {
    let generator = try RandomGenerator(seed: 0)
    for _ in 0..<10 {
        let x = try Tensor.normal([4, 6], using: generator)
        _ = try x.chunked(3, dim: 1).map { try $0.exp() + 1 }
        _ = try x.topK(2)
        _ = try x.transposed(0, 1).values(as: Float.self)
        _ = try? x.matmul(x)
        _ = try? x.split([1, 1], dim: 1)
        _ = try? Tensor.empty([1_000_000_000_000_000])
        _ = try generator.state()
    }
}
