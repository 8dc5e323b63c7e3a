public import Testing
public import Torch

/// How two tensors of equal shape differ.
public struct Difference: CustomStringConvertible {
    /// Where the largest difference is, one number per dimension.
    public var worstIndex: [Int] = []
    /// The two values there.
    public var actual = 0.0, expected = 0.0
    public var largest = 0.0, mean = 0.0
    /// The reference's largest magnitude.
    public var scale = 0.0
    /// Of the angle between both as vectors; 1 is the same direction.
    public var cosine = 1.0
    /// Length of the difference over length of the reference.
    public var relativeL2 = 0.0

    public init(_ actual: Tensor, _ expected: Tensor) throws {
        let a = try actual.values(as: Double.self), b = try expected.values(as: Double.self)
        var worst = 0, dot = 0.0, squaresA = 0.0, squaresB = 0.0, squaresOfDifference = 0.0, total = 0.0
        for i in a.indices {
            let difference = Self.distance(a[i], b[i])
            if difference > largest || i == 0 { (worst, largest) = (i, difference) }
            total += difference
            squaresOfDifference += difference * difference
            dot += a[i] * b[i]
            squaresA += a[i] * a[i]
            squaresB += b[i] * b[i]
            scale = max(scale, b[i].isFinite ? b[i].magnitude : 0)
        }
        guard !a.isEmpty else { return }
        (self.actual, self.expected, mean) = (a[worst], b[worst], total / Double(a.count))
        worstIndex = Self.index(worst, in: expected.shape)
        let lengths = (squaresA * squaresB).squareRoot()
        if lengths != 0 { cosine = dot / lengths }
        if squaresOfDifference != 0 { relativeL2 = (squaresOfDifference / squaresB).squareRoot() }
    }

    /// The difference of two numbers; equal infinities and two NaN are equal, anything else with NaN is infinitely far.
    private static func distance(_ a: Double, _ b: Double) -> Double {
        if a == b || (a.isNaN && b.isNaN) { return 0 }
        let distance = (a - b).magnitude
        return distance.isNaN ? .infinity : distance
    }

    private static func index(_ flat: Int, in shape: [Int]) -> [Int] {
        var rest = flat, index: [Int] = []
        for size in shape.reversed() {
            index.insert(rest % size, at: 0)
            rest /= size
        }
        return index
    }

    public var description: String {
        "worst at \(worstIndex): \(actual), expected \(expected); difference max \(largest), mean \(mean); "
            + "cosine \(cosine), relative L2 \(relativeL2), largest reference value \(scale)"
    }
}

/// Expects two tensors to have one shape and values within a tolerance.
public func expectClose(
    _ actual: Tensor, _ expected: Tensor, _ tolerance: Tolerance, _ name: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let prefix = name.isEmpty ? "" : "\(name): "
    guard actual.shape == expected.shape else {
        Issue.record("\(prefix)shape \(actual.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
        return
    }
    let difference = try Difference(actual, expected)
    let allowed = tolerance.absolute + tolerance.relative * max(tolerance.leastScale, difference.scale)
    #expect(difference.largest <= allowed, "\(prefix)\(difference); allowed \(allowed), \(tolerance)", sourceLocation: sourceLocation)
}

/// Expects every value to be within `absolute` plus `relative` times its own reference, as some golden sets state it.
public func expectEveryValueClose(
    _ actual: Tensor, _ expected: Tensor, absolute: Double, relative: Double = 0, _ name: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    guard actual.shape == expected.shape else {
        Issue.record("\(name): shape \(actual.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
        return
    }
    let a = try actual.values(as: Double.self), b = try expected.values(as: Double.self)
    let excess = zip(a, b).map { ($0 - $1).magnitude / (absolute + relative * $1.magnitude) }
    let worst = excess.max() ?? 0, difference = try Difference(actual, expected)
    #expect(
        worst <= 1 && !excess.contains { $0.isNaN }, "\(name): \(worst) of what is allowed; \(difference)", sourceLocation: sourceLocation)
}

/// Expects the largest and the mean difference to stay within limits, as golden sets state them for bfloat16.
public func expectDifference(
    _ actual: Tensor, _ expected: Tensor, largest: Double, mean: Double, _ name: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    guard actual.shape == expected.shape else {
        Issue.record("\(name): shape \(actual.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
        return
    }
    let difference = try Difference(actual, expected)
    #expect(difference.largest <= largest && difference.mean <= mean, "\(name): \(difference)", sourceLocation: sourceLocation)
}

/// Expects the length of the difference, over the length of the reference, to be at most `limit`.
public func expectRelativeL2(
    _ actual: Tensor, _ expected: Tensor, atMost limit: Double, _ name: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let prefix = name.isEmpty ? "" : "\(name): "
    guard actual.shape == expected.shape else {
        Issue.record("\(prefix)shape \(actual.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
        return
    }
    let difference = try Difference(actual, expected)
    #expect(difference.relativeL2 <= limit, "\(prefix)\(difference); allowed relative L2 \(limit)", sourceLocation: sourceLocation)
}

/// Expects numbers, in memory order, to be those of a tensor; for results known by hand.
public func expectValues(
    _ actual: Tensor, _ expected: [Double], shape: [Int]? = nil, _ tolerance: Tolerance = .float32Operation,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let shape = shape ?? actual.shape
    guard actual.shape == shape, actual.count == expected.count else {
        Issue.record("shape \(actual.shape), expected \(shape) with \(expected.count) values", sourceLocation: sourceLocation)
        return
    }
    try expectClose(actual, Tensor(expected, shape: shape), tolerance, sourceLocation: sourceLocation)
}
