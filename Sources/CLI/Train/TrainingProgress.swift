import Foundation
import Training

/// Shows a run on the terminal: one line that is drawn over, or a line now and then where the output is no terminal.
final class TrainingProgress {
    private let stepCount: Int
    private let clock = ContinuousClock()
    private var lastLine: ContinuousClock.Instant?
    private var meanLoss: Double?

    /// Only one process of several shows anything.
    private let isShown: Bool

    init(stepCount: Int, isShown: Bool) {
        self.stepCount = stepCount
        self.isShown = isShown
    }

    func remark(_ text: String) { if isShown { Console.remark(text) } }

    func report(_ event: TrainingRun.Event) {
        guard isShown else { return }
        switch event {
        case .stepped(let report, let rate): step(report, rate)
        case .resumed(let step): Console.remark("continuing after step \(step)")
        case .remark(let text): Console.remark("note: \(text)")
        case .saved(let path), .sampled(let path): line("\(path)")
        case .exported(let path):
            ended()
            Console.print(path)
        }
    }

    func ended() { if Console.isTerminal { Console.redraw("") } }

    private func step(_ report: StepReport, _ rate: Double) {
        // The first losses are far off; the mean forgets them.
        meanLoss = meanLoss.map { $0 + 0.05 * (report.loss - $0) } ?? report.loss
        let now = clock.now
        if let lastLine, now - lastLine < .seconds(Console.isTerminal ? 0.2 : 30), report.step < stepCount { return }
        lastLine = now
        let left = Double((stepCount - report.step) * report.exampleCount) / max(rate, 1e-9)
        line(String(
            format: "step %d/%d  loss %.4f  |gradient| %.3f  lr %.2e  %.1f samples/s  %@ left", report.step, stepCount, meanLoss ?? 0,
            report.gradientNorm, report.learningRate, rate, Self.duration(left)))
    }

    private func line(_ text: String) {
        if Console.isTerminal { Console.redraw(text) } else { Console.remark(text) }
    }

    /// "2 h 05 min", "3 min", "40 s".
    static func duration(_ seconds: Double) -> String {
        let seconds = Int(seconds.rounded())
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min" }
        return String(format: "%d h %02d min", seconds / 3600, seconds / 60 % 60)
    }
}

/// All fields of a recipe, with defaults and what they mean.
struct RecipeFieldList {
    private let fields: [RecipeField]

    init(_ fields: [RecipeField]) { self.fields = fields }

    var text: String {
        fields.map { field in
            let depth = field.path.split(separator: ".").count - 1
            let name = field.path.split(separator: ".").last.map(String.init) ?? field.path
            let left = String(repeating: "  ", count: depth) + "\(name):" + (field.isSection ? "" : " \(field.value)")
            return left.padding(toLength: max(40, left.count + 2), withPad: " ", startingAt: 0) + "# " + field.documentation
        }.joined(separator: "\n")
    }
}
