/// How a picture is drawn inside a memory limit: what each stage holds, and what that takes.
public struct MemoryPlan: Sendable, Equatable, Codable {
    /// Something that takes memory in a stage.
    public enum Part: String, Sendable, Codable, CaseIterable {
        case t5, clip, autoencoder, transformer, adapters
        /// The networks that a method looks at references with, such as SigLIP.
        case referenceNetworks = "reference-networks"
        /// Intermediate values.
        case activations
        /// The program and its libraries.
        case program

        /// As a person reads it.
        public var description: String {
            switch self {
            case .t5: "T5"
            case .clip: "CLIP"
            case .referenceNetworks: "networks for references"
            default: rawValue
            }
        }
    }

    /// What one stage holds.
    public struct Stage: Sendable, Equatable, Codable {
        public var stage: GenerationEvent.Stage
        /// Bytes of each part that is in memory, in the order of loading.
        public var parts: [Entry]
        /// Bytes in all.
        public var bytes: Int { parts.reduce(0) { $0 + $1.bytes } }

        public init(_ stage: GenerationEvent.Stage, _ parts: [Entry]) {
            self.stage = stage
            self.parts = parts
        }

        /// Whether a part is in memory during the stage.
        public func holds(_ part: Part) -> Bool { parts.contains { $0.part == part } }
    }

    /// A part and its bytes.
    public struct Entry: Sendable, Equatable, Codable {
        public var part: Part
        public var bytes: Int

        public init(_ part: Part, _ bytes: Int) {
            self.part = part
            self.bytes = bytes
        }
    }

    /// Bytes that may be used.
    public var limit: Int
    /// The form in which the transformer's weights stay.
    public var transformer: WeightForm
    /// The same of T5.
    public var t5: WeightForm
    /// Whether adapters are merged into the weights.
    public var mergesAdapters: Bool
    /// Pixels of a picture that the autoencoder works on at a time; nil where it chooses by the size.
    public var bandPixels: Int?
    /// In the order in which they follow.
    public var stages: [Stage]

    public init(
        limit: Int, transformer: WeightForm, t5: WeightForm, mergesAdapters: Bool, bandPixels: Int?, stages: [Stage]
    ) {
        (self.limit, self.transformer, self.t5, self.mergesAdapters, self.bandPixels) = (limit, transformer, t5, mergesAdapters, bandPixels)
        self.stages = stages
    }

    /// Bytes of the stage that takes most.
    public var peak: Int { stages.map(\.bytes).max() ?? 0 }

    /// What a stage holds; nil for one that the picture has not.
    public subscript(stage: GenerationEvent.Stage) -> Stage? { stages.first { $0.stage == stage } }
}

extension MemoryPlan {
    /// Lines for a person: the stages, what is in memory, and the GiB.
    public var lines: [String] {
        var lines = ["Planned for \(Self.gibibytes(limit)) GiB, at most \(Self.gibibytes(peak)): transformer \(Self.text(transformer)), T5 \(Self.text(t5))."]
        let width = stages.map(\.stage.description.count).max() ?? 0
        for stage in stages {
            let parts = stage.parts.map { "\($0.part.description) \(Self.gibibytes($0.bytes))" }.joined(separator: ", ")
            let name = stage.stage.description.padding(to: width)
            lines.append("  \(name)  \(Self.gibibytes(stage.bytes)) GiB: \(parts)")
        }
        return lines
    }

    /// `11.4`
    public static func gibibytes(_ bytes: Int) -> String {
        let hundredths = (bytes * 100 + (1 << 29)) >> 30
        let tenths = (hundredths + 5) / 10
        return hundredths < 100 ? "0.\(hundredths < 10 ? "0" : "")\(hundredths)" : "\(tenths / 10).\(tenths % 10)"
    }

    private static func text(_ form: WeightForm) -> String {
        switch form {
        case .loaded: "as loaded"
        case .stored: "as the file stores it"
        case .float8, .int8: "in \(form.rawValue)"
        }
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
