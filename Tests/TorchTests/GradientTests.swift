import TestSupport
import Testing
import Torch

/// The backward pass, recomputation, and AdamW against what they are defined as.
@Suite struct GradientTests {
    let generator: RandomGenerator

    init() throws { generator = try RandomGenerator(seed: 7) }

    @Test func backwardAccumulatesIntoLeavesOnly() throws {
        let x = try Tensor([1.0, 2, 3] as [Float])
        try x.requireGradient()
        let square = try x * x
        #expect(square.requiresGradient)
        try square.sum().backward()
        try (3 * x).sum().backward()
        let gradient = try #require(try x.gradient())
        #expect(try gradient.values(as: Float.self) == [5, 7, 9])
        try x.setGradient(nil)
        #expect(try x.gradient() == nil)
        #expect(try x.detached().requiresGradient == false)
    }

    @Test func nothingIsRecordedWithoutGradients() throws {
        let x = try Tensor.ones([2])
        try x.requireGradient()
        let y = try withoutGradients { () throws(TorchError) in try x * 2 }
        #expect(!y.requiresGradient)
        #expect(recordsGradients)
    }

    @Test func backwardOfManyNumbersIsAnError() throws {
        let x = try Tensor.ones([2])
        try x.requireGradient()
        let y = try x * 2
        #expect(throws: TorchError.self) { try y.backward() }
    }

    @Test func recomputationGivesTheSameGradientsForInputsAndCaptured() throws {
        let weight = try Tensor.normal([8, 8], using: generator), start = try Tensor.normal([4, 8], using: generator)
        func gradients(_ run: ([Tensor], @escaping ([Tensor]) throws -> [Tensor]) throws -> [Tensor]) throws -> [[Float]] {
            let x = try start.cloned(), w = try weight.cloned()
            try x.requireGradient()
            try w.requireGradient()
            let middle = try run([x]) { inputs in [try inputs[0].linear(weight: w).gelu()] }[0]
            let end = try run([middle]) { inputs in [try inputs[0].linear(weight: w).gelu()] }[0]
            try (end * end).sum().backward()
            return try [x, w].map { try #require(try $0.gradient()).values(as: Float.self) }
        }
        let plain = try gradients { inputs, body in try body(inputs) }
        let recomputed = try gradients { inputs, body in try recomputing(inputs, body) }
        #expect(plain == recomputed)
    }

    @Test func recomputationRunsTwiceAndFreesItsBody() throws {
        final class Counter { var runs = 0 }
        let counter = Counter(), x = try Tensor.ones([3])
        try x.requireGradient()
        weak var seen: Counter?
        do {
            let inner = Counter()
            seen = inner
            let y = try recomputing([x]) { inputs in
                counter.runs += 1
                inner.runs += 1
                return [try inputs[0] * 2]
            }[0]
            #expect(counter.runs == 1)
            try y.sum().backward()
        }
        #expect(counter.runs == 2)
        #expect(seen == nil)
    }

    @Test func errorsOfARecomputedBodyKeepTheirType() throws {
        struct Refusal: Error {}
        let x = try Tensor.ones([3])
        try x.requireGradient()
        #expect(throws: Refusal.self) { try recomputing([x]) { _ in throw Refusal() } }
        final class Flag { var fails = false }
        let flag = Flag()
        let y = try recomputing([x]) { inputs in
            if flag.fails { throw Refusal() }
            return [try inputs[0] * 2]
        }[0]
        flag.fails = true
        let sum = try y.sum()
        let error = #expect(throws: TorchError.self) { try sum.backward() }
        #expect(error?.description.contains("Refusal()") == true, "\(error?.description ?? "")")
    }

    @Test func watchedGradientsAreReportedOnce() throws {
        let a = try Tensor.ones([2]), b = try Tensor.ones([2])
        for x in [a, b] { try x.requireGradient() }
        final class Log { var indices: [Int] = [] }
        let log = Log()
        try Gradients.watch([a, b]) { log.indices.append($0) }
        try (a * b + a).sum().backward()
        #expect(log.indices.sorted() == [0, 1])
    }

    @Test func adamWFollowsItsDefinition() throws {
        let weight = try Tensor([1.0, -2] as [Float]), gradient = try Tensor([0.5, 0.1] as [Float])
        let parameter = try AdamW.Parameter(
            weight: weight, master: weight, first: .zeros([2]), second: .zeros([2]), average: weight.cloned())
        var expected = [1.0, -2], m = [0.0, 0], v = [0.0, 0], average = [1.0, -2]
        for step in 1...3 {
            var settings = AdamW.Settings(learningRate: 0.1, step: step)
            settings.gradientFactor = 0.5
            settings.averageDecay = 0.9
            try AdamW.step([parameter], gradients: [gradient], settings)
            for (i, g) in [0.25, 0.05].enumerated() {
                m[i] = 0.9 * m[i] + 0.1 * g
                v[i] = 0.999 * v[i] + 0.001 * g * g
                let mHat = m[i] / (1 - pow(0.9, step)), vHat = v[i] / (1 - pow(0.999, step))
                expected[i] = expected[i] * (1 - 0.1 * 0.01) - 0.1 * mHat / (vHat.squareRoot() + 1e-8)
                average[i] += 0.1 * (expected[i] - average[i])
            }
        }
        for (value, wanted) in zip(try weight.values(as: Double.self), expected) { #expect(abs(value - wanted) < 1e-6) }
        let kept = try #require(parameter.average)
        for (value, wanted) in zip(try kept.values(as: Double.self), average) { #expect(abs(value - wanted) < 1e-6) }
    }

    private func pow(_ base: Double, _ exponent: Int) -> Double { (0..<exponent).reduce(1) { product, _ in product * base } }

    @Test func bfloat16WeightsFollowTheirMasters() throws {
        let master = try Tensor.normal([100_003], using: generator), weight = try master.to(.bfloat16)
        let parameter = try AdamW.Parameter(
            weight: weight, master: master, first: .zeros([100_003]), second: .zeros([100_003]), average: nil)
        let gradient = try Tensor.normal([100_003], using: generator, dtype: .bfloat16)
        try AdamW.step([parameter], gradients: [gradient], AdamW.Settings(learningRate: 1e-3, step: 1))
        #expect(try weight.values(as: Float.self) == master.to(.bfloat16).values(as: Float.self))
    }

    @Test func totalNormIsThatOfAllElements() throws {
        let gradients = try [Tensor([3.0] as [Float]), Tensor([4.0, 12] as [Float]).to(.bfloat16)]
        #expect(abs(try Gradients.totalNorm(gradients) - 13) < 1e-12)
        let composed = try FusedKernels.disabled { () throws(TorchError) in try Gradients.norm(of: gradients) }
        #expect(composed.dtype == .float64 && composed.shape.isEmpty)
        #expect(abs(try composed.item() - 13) < 1e-5)
        #expect(try Gradients.totalNorm([]) == 0)
    }

    /// What other devices run, against the one pass over memory.
    @Test(arguments: [DType.float32, .bfloat16]) func composedAdamWIsThatOfTheKernel(dtype: DType) throws {
        let shapes = [[70_001], [3, 5], [1]]
        let starts = try shapes.map { try Tensor.normal($0, using: generator) }
        let steps = try (0..<3).map { _ in try shapes.map { try Tensor.normal($0, using: generator, dtype: dtype) } }
        func run() throws -> [[Tensor]] {
            let parameters = try starts.map { start in
                let master = try start.cloned(), weight = dtype == .float32 ? master : try master.to(dtype)
                return try AdamW.Parameter(
                    weight: weight, master: master, first: .zeros(start.shape), second: .zeros(start.shape), average: master.cloned())
            }
            for (index, gradients) in steps.enumerated() {
                var settings = AdamW.Settings(learningRate: 1e-2, step: index + 1)
                (settings.gradientFactor, settings.averageDecay) = (0.3, 0.9)
                try AdamW.step(parameters, gradients: gradients, settings)
            }
            return try parameters.map { [$0.weight, $0.master, $0.first, $0.second, try #require($0.average)] }
        }
        let fused = try run(), composed = try FusedKernels.disabled { try run() }
        for (one, other) in zip(fused.joined(), composed.joined()) {
            #expect(one.dtype == other.dtype)
            // Weights in bfloat16 may round to the neighbour of what their masters nearly share.
            try expectRelativeL2(other.to(.float32), one.to(.float32), atMost: one.dtype == .bfloat16 ? 1e-3 : 1e-6)
        }
    }
}
