public import Imaging
public import Testing

extension Golden {
    /// A picture file of the set.
    public func picture(_ file: String) throws -> PixelImage { try PictureFile.read(path(file)) }
}

/// Expects two pictures to differ by at most `level`, and at all in at most a `share` of their values.
public func expectAlmostEqual(
    _ actual: PixelImage, _ expected: PixelImage, share: Double = 0, level: Int = 0, _ name: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    guard actual.size == expected.size, actual.layout == expected.layout else {
        Issue.record(
            "\(name) \(actual.size) \(actual.layout), expected \(expected.size) \(expected.layout)", sourceLocation: sourceLocation)
        return
    }
    let differences = zip(actual.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
    let count = differences.count { $0 > 0 }, largest = differences.max() ?? 0
    #expect(
        largest <= level && Double(count) <= share * Double(differences.count),
        "\(name) \(count) of \(differences.count) values differ, by at most \(largest); allowed \(level), share \(share)",
        sourceLocation: sourceLocation)
}
