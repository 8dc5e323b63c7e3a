/// How far a result may be from its reference: an absolute part, and a part relative to the reference's largest value.
///
/// Never a share of one expected value: that would allow nothing near zero.
public struct Tolerance: Sendable, CustomStringConvertible {
    public let name: String
    /// Allowed difference whatever the values.
    public let absolute: Double
    /// Allowed difference per unit of the reference's largest magnitude.
    public let relative: Double

    /// The reference's largest magnitude counts as at least this.
    public let leastScale: Double

    public init(_ name: String, absolute: Double = 0, relative: Double = 0, leastScale: Double = 0) {
        self.name = name
        self.leastScale = leastScale
        self.absolute = absolute
        self.relative = relative
    }

    public var description: String { "\(name) (absolute \(absolute), relative to the largest \(relative))" }

    /// Equal values (NaN equals NaN).
    public static let exact = Tolerance("exact")
    /// One operation in float32: another order of a short sum.
    public static let float32Operation = Tolerance("float32Operation", absolute: 1e-6, relative: 1e-6)
    /// One layer in float32: another order of summation.
    public static let float32Layer = Tolerance("float32Layer", absolute: 1e-5, relative: 1e-5)
    /// A whole network in float32: the errors of tens of layers.
    public static let float32Network = Tolerance("float32Network", absolute: 1e-4, relative: 1e-4)
    /// One block in bfloat16: 8 bits of mantissa, rounded after every operation.
    public static let bfloat16Block = Tolerance("bfloat16Block", relative: 2e-2)

    /// The given absolute difference, as a golden set's README states it.
    public static func absolute(_ value: Double) -> Tolerance { Tolerance("stated", absolute: value) }
    /// The given difference relative to the largest reference value, as a golden set's README states it.
    public static func relative(_ value: Double) -> Tolerance { Tolerance("stated", relative: value) }
    /// `limit * max(1, max|expected|)`, the form in which most golden sets state theirs.
    public static func golden(_ limit: Double) -> Tolerance { Tolerance("golden", relative: limit, leastScale: 1) }
}
