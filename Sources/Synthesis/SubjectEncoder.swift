public import Imaging

/// A picture with a subject to be recognised.
public struct SubjectView: Sendable {
    public let picture: PixelImage
    /// Where the subject is; nil in a picture that was made to show it alone.
    public let box: SubjectBox?

    public init(picture: PixelImage, box: SubjectBox?) {
        (self.picture, self.box) = (picture, box)
    }
}

/// Says how alike subjects look: pictures of one subject have embeddings of like direction.
///
/// Confined to the thread that made it, as networks are.
public protocol SubjectEncoder {
    /// One for each view, all of one length.
    func embeddings(of views: [SubjectView]) throws -> [[Float]]
}

enum Similarity {
    /// Cosine of two embeddings, -1...1; 0 where one has no direction.
    static func cosine(_ a: [Float], _ b: [Float]) -> Double {
        var (product, first, second) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            product += Double(x) * Double(y)
            first += Double(x) * Double(x)
            second += Double(y) * Double(y)
        }
        let value = product / (first * second).squareRoot()
        return value.isFinite ? min(max(value, -1), 1) : 0
    }
}
