public import Generation

/// A picture that cannot be drawn inside a memory limit.
public struct MemoryShortage: Error, Sendable, Equatable, CustomStringConvertible {
    /// Something that would lower the need.
    public struct Way: Sendable, Equatable {
        public enum Kind: Sendable, Equatable {
            case automaticType
            case smallerPicture(width: Int, height: Int)
            case fourBitFile
        }

        public let kind: Kind
        /// The least that would be needed then.
        public let bytes: Int
    }

    /// Bytes that were allowed.
    public let limit: Int
    /// The plan that needs least; nil where the files do not allow the form that was asked for.
    public let least: MemoryPlan?
    public let ways: [Way]

    public var description: String {
        guard let least, let stage = least.stages.max(by: { $0.bytes < $1.bytes }) else {
            return "The weights of this model cannot be brought into the form asked for, since its file codes them already. Leave out --dtype."
        }
        func text(_ bytes: Int) -> String { "\(MemoryPlan.gibibytes(bytes)) GiB" }
        let parts = stage.parts.map { "\($0.part.description) \(MemoryPlan.gibibytes($0.bytes))" }.joined(separator: ", ")
        let needed = "The memory limit is \(text(limit)), and the least that this picture takes is \(text(least.peak)) "
            + "('\(stage.stage.description)': \(parts)). "
        let advice = ways.map { way in
            switch way.kind {
            case .automaticType: "weights in 8 bits (--dtype int8, or none) would take \(text(way.bytes))"
            case .smallerPicture(let width, let height): "a picture of \(width)x\(height) would take \(text(way.bytes))"
            case .fourBitFile: "GGUF files in 4 bits in the place of the model's would take about \(text(way.bytes))"
            }
        }
        guard let first = advice.first else { return needed + "Raise --memory-limit." }
        return needed + "Raise --memory-limit, or: " + ([first] + advice.dropFirst()).joined(separator: "; ") + "."
    }
}
