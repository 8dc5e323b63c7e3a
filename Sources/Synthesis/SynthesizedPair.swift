/// References, target and prompt that were made: an entry of the official list, where it is kept.
struct SynthesizedPair: Sendable {
    let name: String
    let prompt: String
    let target: String
    let references: [String]
    /// What was cut out for each reference.
    let crops: [String]
    /// Of each subject's best drawing; nil where nothing was drawn.
    let similarities: [Double?]
    /// Those of all drawings of each subject.
    let tries: [[Double]]

    /// The pairs of a scene: one of all its subjects, or one of each.
    static func pairs(of record: SceneRecord, _ settings: SynthesisSettings) -> [SynthesizedPair] {
        guard record.problem == nil else { return [] }
        let tries = record.subjects.map { $0.tries.map(\.similarity) }, crops = record.subjects.map(\.crop)
        switch settings.product {
        case .references:
            return [SynthesizedPair(
                name: record.name, prompt: record.prompt, target: record.target, references: record.subjects.map { $0.drawing ?? $0.crop }, crops: crops,
                similarities: record.subjects.map { $0.best?.similarity }, tries: tries)]
        case .targets:
            return record.subjects.enumerated().compactMap { number, subject in
                guard let drawing = subject.drawing, let best = subject.best else { return nil }
                return SynthesizedPair(
                    name: "\(record.name), \(subject.name)", prompt: best.prompt, target: drawing, references: [subject.crop], crops: [subject.crop],
                    similarities: [best.similarity], tries: [tries[number]])
            }
        }
    }

    /// An entry of the official list, with the similarities under a key of their own.
    struct Entry: Encodable {
        let image_paths: [String]
        let image_tgt_path: String
        let prompt: String
        let scores: [Double?]?
    }

    /// The similarity of the least similar subject; nil where nothing was compared.
    var similarity: Double? { similarities.compactMap { $0 }.min() }

    var entry: Entry { Entry(image_paths: references, image_tgt_path: target, prompt: prompt, scores: similarity == nil ? nil : similarities) }

    /// The same with what was cut out instead of drawings.
    var cropEntry: Entry { Entry(image_paths: crops, image_tgt_path: target, prompt: prompt, scores: nil) }
}
