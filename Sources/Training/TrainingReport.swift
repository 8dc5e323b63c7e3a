import Foundation

/// `report.html`: loss curves and the latest samples, one page without anything from elsewhere.
struct TrainingReport {
    let folder: RunFolder
    let recipe: TrainingRecipe

    func write() throws {
        let lines = MetricsLog.lines(of: folder.metrics)
        try AtomicText.write(page(lines), to: folder.report)
    }

    private func page(_ lines: [MetricsLog.Line]) -> String {
        let names = ["loss"] + Set(lines.flatMap(\.values.keys)).subtracting(["loss", "step", "examples"]).sorted()
        let curves = names.map { name in curve(name, lines.compactMap { line in line.values[name].map { (line.step, $0) } }) }
        let last = lines.last.map { "step \($0.step) of \(recipe.stepCount), loss \(Self.short($0.values["loss"] ?? .nan))" } ?? "no steps yet"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>\(escaped(recipe.name))</title>
            <style>
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
            figure { display: inline-block; margin: 0 1rem 1rem 0; } figcaption { color: #666; }
            svg { background: #fafafa; border: 1px solid #ddd; } img { max-width: 100%; border: 1px solid #ddd; }
            pre { background: #f6f6f6; padding: 1rem; overflow: auto; } @media (prefers-color-scheme: dark) {
            body { background: #181818; color: #ddd; } svg, pre { background: #222; border-color: #444; } }
            </style></head><body>
            <h1>\(escaped(recipe.name))</h1>
            <p>\(last)</p>
            \(curves.joined(separator: "\n"))
            <h2>Samples</h2>
            <p>References, then the picture made, then the true one.</p>
            \(samples().joined(separator: "\n"))
            <h2>Recipe</h2>
            <pre>\(escaped(recipe.resolved))</pre>
            </body></html>

            """
    }

    /// The newest samples first, at most eight.
    private func samples() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/samples")) ?? []
        let steps = names.compactMap { Int($0.dropFirst(5).dropLast(4)) }.sorted().suffix(8).reversed()
        return steps.map { "<figure><img src=\"samples/step-\($0).png\" alt=\"samples of step \($0)\"><figcaption>step \($0)</figcaption></figure>" }
    }

    /// A curve, and its running mean where there are many points.
    private func curve(_ name: String, _ points: [(step: Int, value: Double)]) -> String {
        guard points.count > 1, let low = points.map(\.value).min(), let high = points.map(\.value).max(), let end = points.last?.step else { return "" }
        let (width, height) = (460.0, 160.0), first = points[0].step
        func place(_ point: (step: Int, value: Double)) -> String {
            let x = Double(point.step - first) / Double(max(1, end - first)) * width
            let y = height - (point.value - low) / max(high - low, 1e-12) * height
            return "\(Self.short(x)),\(Self.short(y))"
        }
        // More points than pixels tell nothing more.
        let stride = max(1, points.count / 460)
        let thinned = points.enumerated().filter { $0.offset.isMultiple(of: stride) }.map(\.element)
        return """
            <figure><svg width="460" height="160" viewBox="-4 -4 468 168"><polyline fill="none" stroke="#b9c6d8" points="\(thinned.map(place).joined(separator: " "))"/>
            <polyline fill="none" stroke="#1f5fa8" stroke-width="1.5" points="\(Self.smoothed(thinned).map(place).joined(separator: " "))"/></svg>
            <figcaption>\(escaped(name)): \(Self.short(low)) to \(Self.short(high)), last \(Self.short(points[points.count - 1].value))</figcaption></figure>
            """
    }

    private static func smoothed(_ points: [(step: Int, value: Double)]) -> [(step: Int, value: Double)] {
        var mean = points.first?.value ?? 0
        return points.map { point in
            mean += 0.1 * (point.value - mean)
            return (point.step, mean)
        }
    }

    private static func short(_ value: Double) -> String {
        value.magnitude >= 100 ? String(format: "%.1f", value) : String(format: "%.4g", value)
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}
