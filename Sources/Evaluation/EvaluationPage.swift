import Foundation
import Imaging
import World

/// `report.html`: bars with their intervals, and pictures with what was read in them; one page without anything from elsewhere.
struct EvaluationPage {
    private let report: EvaluationReport
    /// Examples shown; the first ones, not chosen.
    private static let shownCount = 24

    init(_ report: EvaluationReport) { self.report = report }

    func html() throws -> String {
        let bars = report.scores.rows.map(bar).joined(separator: "\n")
        let examples = try report.results.records.prefix(Self.shownCount).map(example).joined(separator: "\n")
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>\(escaped(report.title))</title>
            <style>
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
            table { border-collapse: collapse; } td, th { padding: .15rem .7rem .15rem 0; text-align: left; vertical-align: middle; }
            td.number { font-variant-numeric: tabular-nums; white-space: nowrap; } svg { display: block; }
            .track { fill: #eef1f5; } .made { fill: #1f5fa8; } .interval { stroke: #111; stroke-width: 2; } .ceiling { stroke: #c2571a; stroke-width: 2; }
            .chance { stroke: #888; stroke-width: 1; stroke-dasharray: 2 2; } .better { color: #1a7f37; } .worse { color: #b42318; }
            .example { display: inline-block; width: 36rem; margin: 0 1rem 1.2rem 0; vertical-align: top; }
            .row { display: flex; gap: .4rem; } figure { margin: 0; font-size: 12px; } figcaption { color: #666; }
            img { width: 128px; height: 128px; image-rendering: pixelated; border: 1px solid #ddd; display: block; }
            @media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } .track { fill: #333; } .interval { stroke: #eee; } .made { fill: #5b9be0; } }
            </style></head><body>
            <h1>\(escaped(report.title))</h1>
            <p>\(escaped(report.summary)).</p>
            <table><tr><th>measure</th><th>made</th><th></th><th>of the ceiling</th><th>autoencoder</th><th>true pictures</th></tr>
            \(bars)
            </table>
            <p>Bars: pictures made, with 95 % intervals; orange: the autoencoder's ceiling; dashed: chance.</p>
            <p>\(escaped(EvaluationReport.explanation))</p>
            \(comparison())
            <h2>Examples</h2>
            <p>The first examples: references, the picture made, the true one. Below, what the reader sees; green is right.</p>
            \(examples)
            </body></html>

            """
    }

    private func bar(_ row: Scores.Row) -> String {
        /// Rates fill the track; anything else is drawn to the same scale and cut.
        func x(_ value: Double) -> String { String(format: "%.1f", min(max(value.isFinite ? value : 0, 0), 1) * 300) }
        let lines = [
            row.roundTrip.map { "<line class=\"ceiling\" x1=\"\(x($0.value))\" x2=\"\(x($0.value))\" y1=\"0\" y2=\"16\"/>" },
            row.chance.map { "<line class=\"chance\" x1=\"\(x($0))\" x2=\"\(x($0))\" y1=\"0\" y2=\"16\"/>" },
        ].compactMap { $0 }.joined()
        return """
            <tr><td>\(escaped(row.title))\(row.isBetterHigher ? "" : " ↓")</td><td class="number">\(row.made.text)</td>
            <td><svg width="300" height="16"><rect class="track" width="300" height="16"/><rect class="made" y="3" height="10" width="\(x(row.made.value))"/>
            <line class="interval" x1="\(x(row.made.low))" x2="\(x(row.made.high))" y1="8" y2="8"/>\(lines)</svg></td>
            <td class="number">\(row.ofCeiling?.text ?? "")</td><td class="number">\(row.roundTrip.map { Estimate.short($0.value) } ?? "")</td>
            <td class="number">\(Estimate.short(row.truth.value))</td></tr>
            """
    }

    private func comparison() -> String {
        guard let comparison = report.comparison else { return "" }
        let rows = comparison.rows.map { row in
            "<tr><td>\(escaped(row.title))</td><td class=\"number\">\(Estimate.short(row.here))</td><td class=\"number\">\(Estimate.short(row.there))</td>"
                + "<td class=\"number\">\(row.difference.text)</td><td class=\"\(row.verdict.rawValue)\">\(row.verdict.rawValue)</td></tr>"
        }
        return """
            <h2>Against \(escaped(comparison.against))</h2>
            <table><tr><th>measure</th><th>here</th><th>there</th><th>difference, paired</th><th></th></tr>
            \(rows.joined(separator: "\n"))
            </table>
            """
    }

    // MARK: examples

    private func example(_ record: ExampleRecord) throws -> String {
        let example = try report.scores.settings.world().example(at: record.index)
        var figures = try example.references.enumerated().map { number, picture in
            figure(try source(picture), number < record.subjects.count ? wanted(record.subjects[number].toy) : "")
        }
        let path = "\(report.results.folder)/pictures/\(String(format: "%06d", record.index)).png"
        let made = FileManager.default.contents(atPath: path).map { "data:image/png;base64,\($0.base64EncodedString())" }
        figures.append(figure(made ?? "", readings(record, record.made)))
        figures.append(figure(try source(example.target), readings(record, record.truth)))
        return "<div class=\"example\"><p>\(record.index): \(escaped(record.caption))</p><div class=\"row\">\(figures.joined())</div></div>"
    }

    private func figure(_ source: String, _ caption: String) -> String {
        "<figure><img src=\"\(source)\" alt=\"\"><figcaption>\(caption)</figcaption></figure>"
    }

    private func source(_ picture: PixelImage) throws -> String {
        "data:image/png;base64,\(Data(try PictureFile.encoded(picture, as: .png)).base64EncodedString())"
    }

    private func wanted(_ toy: ToyIdentity) -> String { "\(toy.kind.rawValue)<br>\(toy.pattern.rawValue)<br>\(toy.accessory.rawValue)" }

    /// What is seen, word by word in the colour of its being right.
    private func readings(_ record: ExampleRecord, _ reading: PictureReading) -> String {
        func word(_ text: String, _ isRight: Bool) -> String { "<span class=\"\(isRight ? "better" : "worse")\">\(text)</span>" }
        var lines = [
            word(reading.place.rawValue, reading.place == record.place) + " "
                + word("× \(reading.subjectCount)", reading.subjectCount == record.subjects.count)
        ]
        for (subject, seen) in zip(record.subjects, reading.subjects) {
            let toy = subject.toy
            lines.append([
                word(seen.kind.rawValue, seen.kind == toy.kind), word(seen.pattern.rawValue, seen.pattern == toy.pattern),
                word(seen.accessory.rawValue, seen.accessory == toy.accessory),
                seen.identity.map { word("identity \(Estimate.short($0.own))", $0.isTop) } ?? "",
            ].joined(separator: " "))
        }
        return lines.joined(separator: "<br>")
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}
