public import Imaging

/// Many examples on one sheet: references to the left of their target, the caption below.
public struct PictureGrid: Sendable {
    /// Examples in a row.
    public var columns: Int
    public var isLabelled: Bool

    private static let gap = 6
    /// Between one example and the next, so that one sees what belongs together.
    private static let margin = 20
    private static let paper: UInt8 = 255

    public init(columns: Int, isLabelled: Bool = true) {
        precondition(columns >= 1, "A grid has at least one column; \(columns) were asked for.")
        self.columns = columns
        self.isLabelled = isLabelled
    }

    /// Pixels of the sheet for so many examples, without drawing them.
    ///
    /// - Parameter referenceCount: the most references that one of the examples has.
    public func size(of count: Int, referenceCount: Int, _ settings: WorldSettings) -> PixelSize {
        let cell = cell(referenceCount, target: settings.pictureSize, reference: settings.referenceSize)
        let rows = (max(count, 1) + columns - 1) / columns
        return PixelSize(width: cell.width * min(columns, max(count, 1)) + Self.gap, height: cell.height * rows + Self.gap)
    }

    /// Draws the sheet.
    ///
    /// - Parameter examples: of one world, at least one.
    /// - Returns: RGB, on white.
    public func picture(of examples: [WorldExample]) -> PixelImage {
        precondition(!examples.isEmpty, "A grid shows at least one example.")
        let referenceCount = examples.map(\.references.count).max() ?? 0
        let target = examples[0].target.width
        let reference = examples.compactMap(\.references.first?.width).first ?? 0
        let cell = cell(referenceCount, target: target, reference: reference)
        let rows = (examples.count + columns - 1) / columns
        var sheet = Sheet(width: cell.width * min(columns, examples.count) + Self.gap, height: cell.height * rows + Self.gap)
        for (number, example) in examples.enumerated() {
            let labelLeft = Self.gap + number % columns * cell.width
            let top = Self.gap + number / columns * cell.height
            // Fewer references than others have stand beside their target.
            var left = labelLeft + (referenceCount - example.references.count) * (reference + Self.gap)
            for picture in example.references {
                sheet.put(picture, left: left, top: top + max(0, (target - reference) / 2))
                left += reference + Self.gap
            }
            sheet.put(example.target, left: left, top: top + max(0, (reference - target) / 2))
            if isLabelled {
                let lines = Self.lines(example.caption, width: cell.width - Self.margin)
                sheet.write(lines, left: labelLeft, top: top + max(target, reference) + Self.gap)
            }
        }
        return PixelImage(width: sheet.width, height: sheet.height, layout: .rgb, pixels: sheet.bytes)
    }

    private func cell(_ referenceCount: Int, target: Int, reference: Int) -> (width: Int, height: Int) {
        let width = referenceCount * (reference + Self.gap) + target + Self.margin
        // The longest caption has about 80 letters.
        let lines = (82 * LabelFont.advance + width - 1) / max(width - Self.margin - 4 * LabelFont.advance, LabelFont.advance)
        let label = isLabelled ? Self.gap + lines * LabelFont.lineHeight : 0
        return (width, max(target, referenceCount > 0 ? reference : 0) + label + Self.gap * 2)
    }

    /// Breaks a caption at spaces.
    private static func lines(_ text: String, width: Int) -> [String] {
        let limit = max(1, width / LabelFont.advance)
        var lines = [""]
        for word in text.split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + 1 + word.count <= limit {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    /// The paper being filled.
    private struct Sheet {
        let width, height: Int
        var bytes: [UInt8]

        init(width: Int, height: Int) {
            self.width = width
            self.height = height
            bytes = [UInt8](repeating: PictureGrid.paper, count: width * height * 3)
        }

        mutating func put(_ picture: PixelImage, left: Int, top: Int) {
            for y in 0..<picture.height {
                let from = y * picture.width * 3
                let to = ((top + y) * width + left) * 3
                bytes.replaceSubrange(to..<to + picture.width * 3, with: picture.pixels[from..<from + picture.width * 3])
            }
        }

        mutating func write(_ lines: [String], left: Int, top: Int) {
            for (number, line) in lines.enumerated() {
                for (place, character) in line.enumerated() {
                    for (row, dots) in LabelFont.rows(character).enumerated() {
                        for (column, dot) in dots.utf8.enumerated() where dot == UInt8(ascii: "#") {
                            ink(left + place * LabelFont.advance + column, top + number * LabelFont.lineHeight + row)
                        }
                    }
                }
            }
        }

        private mutating func ink(_ x: Int, _ y: Int) {
            guard x < width && y < height else { return }
            for channel in 0..<3 { bytes[(y * width + x) * 3 + channel] = 40 }
        }
    }
}
