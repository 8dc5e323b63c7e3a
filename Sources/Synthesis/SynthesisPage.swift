import Foundation

/// `report.html`: how similar the drawings are, which pairs were kept, and some to look at; pictures are those of the folder.
struct SynthesisPage {
    let settings: SynthesisSettings
    let summary: SynthesisSummary
    let pairs: [SynthesizedPair]
    let kept: Set<Int>

    init(_ settings: SynthesisSettings, _ summary: SynthesisSummary, _ pairs: [SynthesizedPair], kept: Set<Int>) {
        (self.settings, self.summary, self.pairs, self.kept) = (settings, summary, pairs, kept)
    }

    /// Three digits behind the point.
    static func short(_ value: Double) -> String { String(format: "%.3f", value) }

    var html: String {
        let title = "Pairs made by \(settings.model.isEmpty ? "a model" : settings.model)"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>\(Self.escaped(title))</title>
            <style>
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
            table { border-collapse: collapse; } td { padding: .15rem .9rem .15rem 0; font-variant-numeric: tabular-nums; }
            .kept { fill: #1f5fa8; } .dropped { fill: #c9ced6; } .pair { display: inline-block; margin: 0 1.2rem 1.2rem 0; vertical-align: top; }
            .row { display: flex; gap: .4rem; } figure { margin: 0; font-size: 12px; } figcaption { color: #666; max-width: 128px; }
            img { width: 128px; height: 128px; object-fit: contain; image-rendering: pixelated; border: 1px solid #ddd; display: block; }
            .pair p { margin: .2rem 0; max-width: 42rem; } .no { color: #b42318; } .yes { color: #1a7f37; }
            @media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } .kept { fill: #5b9be0; } .dropped { fill: #555; } }
            </style></head><body>
            <h1>\(Self.escaped(title))</h1>
            <table>\(facts.map { "<tr><td>\(Self.escaped($0.name))</td><td>\(Self.escaped($0.value))</td></tr>" }.joined(separator: "\n"))</table>
            \(histogram)
            \(groups.map(group).joined(separator: "\n"))
            </body></html>

            """
    }

    private var facts: [(name: String, value: String)] {
        var facts = [("scenes", "\(summary.scenes)\(summary.skipped > 0 ? ", and \(summary.skipped) left out" : "")")]
        facts += summary.problems.prefix(3).map { ("left out", $0) }
        facts.append(("pairs kept", "\(summary.kept) of \(summary.pairs), \(String(format: "%.1f", 100 * summary.keptShare)) %"))
        guard let similarity = summary.similarity else { return facts + [("references", "what was cut out of the pictures")] }
        if let threshold = summary.threshold { facts.append(("least similar pair kept", Self.short(threshold))) }
        facts.append(("similarity of pairs", "mean \(Self.short(similarity.mean)), median \(Self.short(similarity.median)), "
            + "quartiles \(Self.short(similarity.lowerQuartile)) and \(Self.short(similarity.upperQuartile))"))
        if let first = summary.firstTry, let best = summary.bestTry {
            facts.append(("similarity of a subject", "first drawing \(Self.short(first)), best of \(settings.tryCount) \(Self.short(best)), mean"))
        }
        return facts + [("encoder", settings.encoder), ("asked for", settings.template)]
    }

    // MARK: Histogram

    private static let binCount = 40

    /// Pairs by the similarity of their least similar subject.
    private var histogram: String {
        guard let range = summary.similarity, range.highest > range.lowest else { return "" }
        var bins = [(kept: Int, dropped: Int)](repeating: (0, 0), count: Self.binCount)
        for (number, pair) in pairs.enumerated() {
            guard let value = pair.similarity else { continue }
            let bin = min(Self.binCount - 1, Int((value - range.lowest) / (range.highest - range.lowest) * Double(Self.binCount)))
            if kept.contains(number) { bins[bin].kept += 1 } else { bins[bin].dropped += 1 }
        }
        let tallest = Double(bins.map { $0.kept + $0.dropped }.max() ?? 1)
        let bars = bins.enumerated().map { place, bin in
            func height(_ count: Int) -> Double { Double(count) / tallest * 150 }
            func bar(_ style: String, _ count: Int, above base: Double) -> String {
                "<rect class=\"\(style)\" x=\"\(place * 16)\" width=\"14\" "
                    + String(format: "y=\"%.1f\" height=\"%.1f\"/>", 150 - base - height(count), height(count))
            }
            return bar("kept", bin.kept, above: 0) + bar("dropped", bin.dropped, above: height(bin.kept))
        }
        return """
            <h2>Similarity</h2>
            <svg width="640" height="170">\(bars.joined())
            <text x="0" y="167" font-size="12" fill="#888">\(Self.short(range.lowest))</text>
            <text x="600" y="167" font-size="12" fill="#888">\(Self.short(range.highest))</text></svg>
            <p>Pairs by the similarity of their least similar subject; blue ones were kept.</p>
            """
    }

    // MARK: Pairs to look at

    private static let shownCount = 12

    private var groups: [(title: String, pairs: [Int])] {
        let first = ("The first pairs, not chosen", Array(pairs.indices.prefix(Self.shownCount)))
        guard summary.similarity != nil else { return [first] }
        let compared = pairs.indices.filter { pairs[$0].similarity != nil }
        let sorted = compared.sorted { (pairs[$0].similarity ?? 0, $0) < (pairs[$1].similarity ?? 0, $1) }
        let dropped = sorted.filter { !kept.contains($0) }, taken = sorted.filter { kept.contains($0) }
        return [
            first, ("The least similar that were kept", Array(taken.prefix(Self.shownCount / 2))),
            ("The most similar that were dropped", Array(dropped.suffix(Self.shownCount / 2))),
            ("The least similar", Array(sorted.prefix(Self.shownCount / 2))), ("The most similar", Array(sorted.suffix(Self.shownCount / 2))),
        ].filter { !$0.1.isEmpty }
    }

    private func group(_ group: (title: String, pairs: [Int])) -> String {
        "<h2>\(group.title)</h2>\n" + group.pairs.map(pair).joined(separator: "\n")
    }

    private func pair(_ number: Int) -> String {
        let pair = pairs[number]
        var figures = [figure(pair.target, "target")]
        for subject in pair.references.indices {
            let all = pair.tries[subject].map(Self.short).joined(separator: " ")
            if pair.crops[subject] != pair.references[subject] { figures.append(figure(pair.crops[subject], "cut out")) }
            let similarity = pair.similarities[subject].map { ", \(Self.short($0))" } ?? ""
            figures.append(figure(pair.references[subject], "reference\(similarity)\(all.isEmpty ? "" : "<br>drawings: \(all)")"))
        }
        let verdict = kept.contains(number) ? "<span class=\"yes\">kept</span>" : "<span class=\"no\">dropped</span>"
        let words = "\(Self.escaped(pair.name)) · \(verdict)<br>\(Self.escaped(pair.prompt))"
        return "<div class=\"pair\"><p>\(words)</p><div class=\"row\">\(figures.joined())</div></div>"
    }

    private func figure(_ path: String, _ caption: String) -> String {
        let source = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
        return "<figure><img src=\"\(Self.escaped(source))\" alt=\"\"><figcaption>\(caption)</figcaption></figure>"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}
