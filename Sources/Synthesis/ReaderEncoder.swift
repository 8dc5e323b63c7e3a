import Readers
import Torch

/// The identity embedding of the networks that read pictures of the world.
public struct ReaderEncoder: SubjectEncoder {
    private let reader: Reader
    /// What the reader's windows show around a toy, as a share of its longer side.
    private static let margin = 0.15

    /// - Parameters:
    ///   - folder: with `reader.json`.
    ///   - threadCount: on which the last digits of an embedding depend; nil leaves it to libtorch.
    public init(folder: String, threadCount: Int? = nil) throws {
        if let threadCount { TorchRuntime.threadCount = threadCount }
        reader = try Reader(folder: folder)
    }

    public func embeddings(of views: [SubjectView]) throws -> [[Float]] {
        let windows = views.map { view in
            if let crop = view.box?.crop(of: view.picture, margin: Self.margin) { return (picture: crop, window: PictureWindow.whole) }
            return (picture: view.picture, window: .expected(position: 0, of: 1))
        }
        return try withoutGradients { try reader.toys(windows).map(\.embedding) }
    }
}
