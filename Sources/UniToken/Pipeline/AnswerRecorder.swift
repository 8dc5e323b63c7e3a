import Checkpoints
import Generation
import Torch

/// Collects the tokens and logits of an answer and writes them as one file.
final class AnswerRecorder {
    private var tensors: [(name: String, tensor: Tensor)] = []
    private let inputIDs: [Int]

    /// - Parameter cue: tokens that begin the answer without having been chosen.
    init(_ reading: UniTokenPipeline.Reading, cue: [Int] = []) {
        inputIDs = reading.discreteIDs + cue
        record("uni_tokens", reading.vectors)
        for (index, tokens) in reading.continuous.enumerated() { record("image.\(index).continuous_tokens", tokens) }
    }

    func record(_ name: String, _ tensor: Tensor) { tensors.append((name, tensor)) }

    func record(_ step: TokenLoop.Step) { record("logits.\(step.number)", step.conditional) }

    func write(_ tokens: [Int], to file: DumpFile) throws {
        let ids = [("input_ids", try Tensor(inputIDs)), ("output_ids", try Tensor(tokens))]
        try SafetensorsWriter.write(ids + tensors.map { ($0.name, try $0.tensor.to(.cpu).contiguous()) }, metadata: [:], to: file.path)
    }

    /// Tells both; nil where there is nobody to tell.
    static func observer(_ recorder: AnswerRecorder?, _ other: ((TokenLoop.Step) -> Void)?) -> ((TokenLoop.Step) -> Void)? {
        guard let recorder else { return other }
        return { step in
            recorder.record(step)
            other?(step)
        }
    }
}
