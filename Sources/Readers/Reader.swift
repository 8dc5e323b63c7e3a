import Checkpoints
import Foundation
public import Imaging
package import Torch
import World

/// Networks that say what a picture of the world shows, to score pictures with.
///
/// Confined to the thread that made it, as tensors are.
public struct Reader {
    private let networks: ReaderNetworks
    private let device: Device
    /// Windows that go through the network at once.
    private static let batchSize = 32

    /// A folder's description and weights.
    package static let descriptionFile = "reader.json", weightsFile = "reader.safetensors"

    /// Reads `reader.json` and `reader.safetensors` from a folder.
    ///
    /// - Throws: `ReaderError` for the description, errors of the weights' file.
    public init(folder: String) throws {
        let path = "\(folder)/\(Self.descriptionFile)"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ReaderError.unreadable(file: path, problem: "it does not exist or may not be read")
        }
        device = .cpu
        let description: ReaderDescription
        do { description = try JSONDecoder().decode(ReaderDescription.self, from: data) } catch {
            throw ReaderError.unreadable(file: path, problem: "\(error)")
        }
        networks = try ParameterScope.load(Checkpoint.open("\(folder)/\(Self.weightsFile)"), dtype: .float32) {
            try ReaderNetworks(description.configuration, at: $0)
        }.model
    }

    /// Networks made elsewhere, as in training.
    /// - Parameter device: where their weights are.
    package init(_ networks: ReaderNetworks, device: Device) { (self.networks, self.device) = (networks, device) }

    /// What the windows show, one reading for each.
    public func toys(_ windows: [(picture: PixelImage, window: PictureWindow)]) throws -> [ToyReading] {
        try batches(windows).flatMap { pictures in
            let answer = try networks.toy(pictures)
            let kinds = try answer.kind.argmax(dim: 1).values(as: Int64.self)
            let patterns = try answer.pattern.argmax(dim: 1).values(as: Int64.self)
            let accessories = try answer.accessory.argmax(dim: 1).values(as: Int64.self)
            let hues = try answer.hues.values(as: Float.self), embeddings = try answer.embedding.values(as: Float.self)
            let length = networks.configuration.embedding
            return kinds.indices.map { row in
                func hue(_ place: Int) -> Float {
                    let turns = atan2(hues[6 * row + 2 * place + 1], hues[6 * row + 2 * place]) / (2 * .pi)
                    return turns < 0 ? turns + 1 : turns
                }
                return ToyReading(
                    kind: ToyKind.allCases[Int(kinds[row])], pattern: ToyPattern.allCases[Int(patterns[row])],
                    accessory: ToyAccessory.allCases[Int(accessories[row])], mainHue: hue(0), secondHue: hue(1), accessoryHue: hue(2),
                    embedding: Array(embeddings[row * length..<(row + 1) * length]))
            }
        }
    }

    /// What whole pictures show.
    public func scenes(_ pictures: [PixelImage]) throws -> [SceneReading] {
        try batches(pictures.map { ($0, .whole) }).flatMap { pictures in
            let answer = try networks.scene(pictures)
            let places = try answer.place.argmax(dim: 1).values(as: Int64.self), counts = try answer.count.argmax(dim: 1).values(as: Int64.self)
            return zip(places, counts).map { SceneReading(place: Place.allCases[Int($0)], subjectCount: Int($1)) }
        }
    }

    /// The windows as tensors `[up to batchSize, 3, side, side]`.
    private func batches(_ windows: [(picture: PixelImage, window: PictureWindow)]) throws -> [Tensor] {
        let side = networks.configuration.side
        return try stride(from: 0, to: windows.count, by: Self.batchSize).map { start in
            let part = windows[start..<min(start + Self.batchSize, windows.count)]
            return try Tensor(part.flatMap { $0.window.sampled($0.picture, side: side) }, shape: [part.count, 3, side, side], device: device)
        }
    }
}

/// `reader.json`.
package struct ReaderDescription: Codable {
    package var configuration: ReaderConfiguration
    /// What the weights were trained with, for people.
    package var note: String

    package init(_ configuration: ReaderConfiguration, note: String) {
        self.configuration = configuration
        self.note = note
    }
}
