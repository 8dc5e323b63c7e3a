import Foundation
import Testing
import TestSupport
import Torch

@Suite struct ArithmeticTests {
    let a: Tensor, b: Tensor

    init() throws {
        a = try Tensor([Float(1), -2, 3, 0.5], shape: [2, 2])
        b = try Tensor([Float(4), 2], shape: [2])
    }

    @Test func operatorsBroadcast() throws {
        try expectValues(a + b, [5, 0, 7, 2.5], shape: [2, 2], .exact)
        try expectValues(a - b, [-3, -4, -1, -1.5], .exact)
        try expectValues(a * b, [4, -4, 12, 1], .exact)
        try expectValues(a / b, [0.25, -1, 0.75, 0.25], .exact)
        try expectValues(-a, [-1, 2, -3, -0.5], .exact)
    }

    @Test func numbersMayStandOnEitherSide() throws {
        try expectValues(a + 1, [2, -1, 4, 1.5], .exact)
        try expectValues(1 + a, [2, -1, 4, 1.5], .exact)
        try expectValues(a - 1, [0, -3, 2, -0.5], .exact)
        try expectValues(1 - a, [0, 3, -2, 0.5], .exact)
        try expectValues(a * 2, [2, -4, 6, 1], .exact)
        try expectValues(2 * a, [2, -4, 6, 1], .exact)
        try expectValues(a / 2, [0.5, -1, 1.5, 0.25], .exact)
        try expectValues(2 / b, [0.5, 1], .exact)
    }

    @Test func wholeNumbersKeepIntegerTensorsInteger() throws {
        let x = try Tensor([Int64(1), 2, 3])
        #expect(try (x + 1).dtype == .int64)
        #expect(try (x * 2.5).dtype == .float32)
        #expect(try (x / 2).dtype == .float32)
        #expect(try x.to(.bfloat16).dtype == .bfloat16)
        #expect(try (x.to(.bfloat16) * 2.5).dtype == .bfloat16)
        try expectValues(x.remainder(2), [1, 0, 1], .exact)
    }

    @Test func boundsMayBeOpen() throws {
        try expectValues(a.clamped(min: -1, max: 1), [1, -1, 1, 0.5], .exact)
        try expectValues(a.clamped(min: 0), [1, 0, 3, 0.5], .exact)
        try expectValues(a.clamped(max: 0), [0, -2, 0, 0], .exact)
        let whole = try Tensor([Int64(-3), 5])
        #expect(try whole.clamped(min: 0).dtype == .int64)
        try expectValues(a.maximum(b), [4, 2, 4, 2], .exact)
        try expectValues(a.minimum(b), [1, -2, 3, 0.5], .exact)
    }

    @Test func powersAndInterpolation() throws {
        try expectValues(a.pow(2), [1, 4, 9, 0.25])
        try expectValues(b.pow(Tensor([Float(0.5), 3], shape: [2])), [2, 8])
        try expectValues(.pow(10, b), [10000, 100])
        try expectValues(b.interpolated(to: Tensor.zeros([2]), weight: 0.25), [3, 1.5])
    }

    @Test func functionsAgreeWithFoundation() throws {
        let x = [0.1, 0.7, 1.9, 3.3]
        let tensor = try Tensor(x)
        func check(_ result: Tensor, _ function: (Double) -> Double) throws { try expectValues(result, x.map(function)) }
        try check(tensor.exp(), Foundation.exp)
        try check(tensor.log(), Foundation.log)
        try check(tensor.sqrt()) { $0.squareRoot() }
        try check(tensor.rsqrt()) { 1 / $0.squareRoot() }
        try check(tensor.sin(), Foundation.sin)
        try check(tensor.cos(), Foundation.cos)
        try check(tensor.tanh(), Foundation.tanh)
        try check(tensor.erf(), Foundation.erf)
        try check(tensor.sigmoid()) { 1 / (1 + Foundation.exp(-$0)) }
        try check(tensor.square()) { $0 * $0 }
        try check(tensor.floor()) { $0.rounded(.down) }
        try check(tensor.ceil()) { $0.rounded(.up) }
        try expectValues(Tensor([Float(0.5), 1.5, -2.5]).rounded(), [0, 2, -2], .exact)
        try expectValues(Tensor([Float(-1), 2]).abs(), [1, 2], .exact)
    }

    @Test func comparisonsGiveBool() throws {
        let x = try Tensor([Float(1), 2, 3]), y = try Tensor([Float(3), 2, 1])
        #expect(try x.equal(y).values(as: Bool.self) == [false, true, false])
        #expect(try x.notEqual(y).values(as: Bool.self) == [true, false, true])
        #expect(try x.less(y).values(as: Bool.self) == [true, false, false])
        #expect(try x.lessOrEqual(y).values(as: Bool.self) == [true, true, false])
        #expect(try x.greater(y).values(as: Bool.self) == [false, false, true])
        #expect(try x.greaterOrEqual(y).values(as: Bool.self) == [false, true, true])
        #expect(try x.equal(2).values(as: Bool.self) == [false, true, false])
        #expect(try x.notEqual(2).values(as: Bool.self) == [true, false, true])
        #expect(try x.less(2).values(as: Bool.self) == [true, false, false])
        #expect(try x.lessOrEqual(2).values(as: Bool.self) == [true, true, false])
        #expect(try x.greater(2).values(as: Bool.self) == [false, false, true])
        #expect(try x.greaterOrEqual(2).values(as: Bool.self) == [false, true, true])
    }

    @Test func logicJoinsBools() throws {
        let x = try Tensor([true, true, false]), y = try Tensor([true, false, false])
        #expect(try x.logicalAnd(y).values(as: Bool.self) == [true, false, false])
        #expect(try x.logicalOr(y).values(as: Bool.self) == [true, true, false])
        #expect(try x.logicalNot().values(as: Bool.self) == [false, false, true])
        #expect(try x.anyTrue() && !x.allTrue())
        #expect(try Tensor([Float(1), .nan, .infinity]).isFinite().values(as: Bool.self) == [true, false, false])
    }

    @Test func inPlaceOperationsReachViews() throws {
        let x = try Tensor.ones([2, 2])
        let row = try x.select(dim: 0, index: 0)
        try row.addInPlace(Tensor([Float(1), 2]), factor: 3)
        try row.multiplyInPlace(Tensor([Float(2)]))
        try expectValues(x, [8, 14, 1, 1], .exact)
        try row.fillInPlace(0)
        try expectValues(x, [0, 0, 1, 1], .exact)
    }
}
