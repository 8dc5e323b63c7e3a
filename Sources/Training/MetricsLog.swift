import Foundation

/// The lines of `metrics.jsonl`: one JSON object per logged step.
final class MetricsLog {
    private let path: String
    private let file: FileHandle

    /// Opens the log to go on after `step`: later lines, which a resumed run writes anew, are cut off.
    init(path: String, after step: Int) throws {
        self.path = path
        let kept = Self.lines(of: path).filter { $0.step <= step }
        try AtomicText.write(kept.map { $0.text + "\n" }.joined(), to: path)
        guard let file = FileHandle(forWritingAtPath: path) else { throw TrainingError.unwritable(file: path, problem: "it cannot be opened") }
        self.file = file
        try file.seekToEnd()
    }

    deinit { try? file.close() }

    func add(_ report: StepReport, samplesPerSecond: Double) throws {
        var values: [(String, String)] = [
            ("step", "\(report.step)"), ("loss", number(report.loss)), ("gradient_norm", number(report.gradientNorm)),
            ("learning_rate", number(report.learningRate)), ("examples", "\(report.exampleCount)"),
            ("samples_per_second", number(samplesPerSecond)),
        ]
        values += report.parts.sorted { $0.key < $1.key }.map { ($0.key, number($0.value)) }
        let text = "{" + values.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}\n"
        do { try file.write(contentsOf: Data(text.utf8)) } catch {
            throw TrainingError.unwritable(file: path, problem: error.localizedDescription)
        }
    }

    /// JSON knows no infinities.
    private func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }

    /// One line with its values.
    struct Line {
        let step: Int
        let text: String
        let values: [String: Double]
    }

    /// All whole lines of a log.
    static func lines(of path: String) -> [Line] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap { line in
            guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], let step = object["step"] as? Int else {
                return nil
            }
            return Line(step: step, text: String(line), values: object.compactMapValues { ($0 as? NSNumber)?.doubleValue })
        }
    }
}
