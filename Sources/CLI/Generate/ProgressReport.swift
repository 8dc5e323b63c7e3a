import Foundation
import Generation
import Imaging

/// Shows work as it goes on.
protocol ProgressReport: Sendable {
    func note(_ text: String)
    func report(_ event: GenerationEvent, _ number: PictureNumber)
    /// The events of a picture are over, with a picture or without.
    func ended()
    /// - Parameter peak: the most memory that the process held so far, in bytes; nil where nobody asked for a limit.
    func saved(_ path: String, _ result: GenerationResult, peak: Int?)
}

extension ProgressReport {
    func note(_ text: String) { Console.remark("note: \(text)") }
    func ended() {}

    func saved(_ path: String, _ result: GenerationResult, peak: Int?) {
        Console.print(path)
        let memory = peak.map { ", at most \(MemoryPlan.gibibytes($0)) GiB" } ?? ""
        Console.remark(String(
            format: "%d x %d pixels, seed %@, %.1f s%@", result.image.width, result.image.height, "\(result.request.seed)", result.seconds, memory))
    }
}

/// A line per event, for logs.
struct LineProgress: ProgressReport {
    func report(_ event: GenerationEvent, _ number: PictureNumber) {
        switch event {
        case .planned(let plan): plan.lines.forEach { Console.remark($0) }
        case .began(let stage): Console.remark("\(number.label)\(stage.description)")
        case .note(let text): note(text)
        case .denoised(let step, let count, let seconds):
            Console.remark(String(format: "%@step %d of %d, %.2f s", number.label, step, count, seconds))
        case .prepared, .finished: break
        }
    }
}

/// One line of the terminal, drawn over and over.
struct BarProgress: ProgressReport {
    func note(_ text: String) {
        Console.redraw("")
        Console.remark("note: \(text)")
    }

    func report(_ event: GenerationEvent, _ number: PictureNumber) {
        switch event {
        case .planned(let plan):
            Console.redraw("")
            plan.lines.forEach { Console.remark($0) }
        case .began(let stage): Console.redraw("\(number.label)\(stage.description) …")
        case .note(let text): note(text)
        case .denoised(let step, let count, let seconds):
            // On a narrow terminal the bar makes room for the numbers.
            let width = min(24, max(4, Console.columns - 40))
            let full = step * width / max(count, 1)
            let bar = String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
            let left = Double(count - step) * seconds
            Console.redraw(String(format: "%@%@ %d/%d  %.2f s a step, %.0f s left", number.label, bar, step, count, seconds, left))
        case .prepared, .finished: break
        }
    }

    func ended() { Console.redraw("") }
}

/// One JSON object per line on the standard output.
struct JSONProgress: ProgressReport {
    /// The fields of all events; each event fills its own.
    private struct Line: Encodable {
        let event: String
        var picture: Int?
        var stage: String?
        var text: String?
        var step: Int?
        var of: Int?
        var seconds: Double?
        var path: String?
        var seed: UInt64?
        var width: Int?
        var height: Int?
        var plan: PlanFields?
        var peak_gib: Double?
    }

    func note(_ text: String) { write(Line(event: "note", text: text)) }

    func report(_ event: GenerationEvent, _ number: PictureNumber) {
        switch event {
        case .planned(let plan): write(Line(event: "plan", picture: number.index, plan: PlanFields(plan)))
        case .began(let stage): write(Line(event: "stage", picture: number.index, stage: stage.rawValue))
        case .note(let text): write(Line(event: "note", picture: number.index, text: text))
        case .denoised(let step, let count, let seconds):
            write(Line(event: "step", picture: number.index, step: step, of: count, seconds: seconds))
        case .prepared, .finished: break
        }
    }

    func saved(_ path: String, _ result: GenerationResult, peak: Int?) {
        write(Line(
            event: "finished", seconds: result.seconds, path: path, seed: result.request.seed,
            width: result.image.width, height: result.image.height, peak_gib: peak.map { Double($0) / Double(1 << 30) }))
    }

    private func write(_ line: Line) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Seconds are finite, so every line can be encoded.
        if let data = try? encoder.encode(line) { Console.print(String(decoding: data, as: UTF8.self)) }
    }
}

/// A memory plan as JSON shows it, in GiB.
private struct PlanFields: Encodable {
    struct Stage: Encodable {
        let stage: String
        let gib: Double
        let parts: [String: Double]
    }

    let limit_gib, peak_gib: Double
    let transformer, t5: String
    let stages: [Stage]

    init(_ plan: MemoryPlan) {
        func gib(_ bytes: Int) -> Double { (Double(bytes) / Double(1 << 30) * 1000).rounded() / 1000 }
        (limit_gib, peak_gib) = (gib(plan.limit), gib(plan.peak))
        (transformer, t5) = (plan.transformer.rawValue, plan.t5.rawValue)
        stages = plan.stages.map { stage in
            let parts = stage.parts.map { ($0.part.rawValue, gib($0.bytes)) }
            return Stage(stage: stage.stage.rawValue, gib: gib(stage.bytes), parts: Dictionary(parts) { $0 + $1 })
        }
    }
}

/// Says which pictures are finished and nothing else.
struct ResultsAlone: ProgressReport {
    private let progress: any ProgressReport

    init(_ progress: any ProgressReport) { self.progress = progress }

    func note(_ text: String) {}
    func report(_ event: GenerationEvent, _ number: PictureNumber) {}
    func saved(_ path: String, _ result: GenerationResult, peak: Int?) { progress.saved(path, result, peak: peak) }
}

extension PictureNumber {
    /// `[2/4] ` where there are several pictures.
    fileprivate var label: String { count > 1 ? "[\(index + 1)/\(count)] " : "" }
}
