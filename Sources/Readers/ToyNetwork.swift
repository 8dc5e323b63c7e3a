package import Checkpoints
import Layers
package import Torch
import World

/// What a window shows, in logits: the toy's attributes, and a direction that is the same for every picture of one toy.
package struct ToyNetwork {
    private let tower: PictureTower
    private let features: Linear
    private let kind, pattern, accessory, hues, embedding: Linear

    /// Answers for a number of windows.
    package struct Answer {
        /// `[count, 8]`, `[count, 6]`, `[count, 6]`.
        package let kind, pattern, accessory: Tensor
        /// `[count, 6]`: cosine and sine of the main, the second and the accessory's hue, not normalised.
        package let hues: Tensor
        /// `[count, embedding]`, of length 1.
        package let embedding: Tensor
    }

    package init(_ configuration: ReaderConfiguration, at scope: ParameterScope) throws {
        tower = try PictureTower(configuration.toyWidths, side: configuration.side, at: scope("tower"))
        features = try Linear(tower.outputs, configuration.features, at: scope("features"))
        kind = try Linear(configuration.features, ToyKind.allCases.count, at: scope("kind"))
        pattern = try Linear(configuration.features, ToyPattern.allCases.count, at: scope("pattern"))
        accessory = try Linear(configuration.features, ToyAccessory.allCases.count, at: scope("accessory"))
        hues = try Linear(configuration.features, 6, at: scope("hues"))
        embedding = try Linear(configuration.features, configuration.embedding, at: scope("embedding"))
    }

    /// - Parameter windows: `[count, 3, side, side]`, -1...1.
    package func callAsFunction(_ windows: Tensor) throws(TorchError) -> Answer {
        let x = try features(tower(windows)).silu()
        let direction = try embedding(x)
        let length = try (direction.square().sum([-1], keepDim: true) + 1e-8).sqrt()
        return Answer(
            kind: try kind(x), pattern: try pattern(x), accessory: try accessory(x), hues: try hues(x), embedding: try direction / length)
    }
}

/// What a whole picture shows: where it is, and how many toys stand there.
package struct SceneNetwork {
    private let tower: PictureTower
    private let features: Linear
    private let place, count: Linear
    /// The most toys it can tell.
    package static let countLimit = 3

    package init(_ configuration: ReaderConfiguration, at scope: ParameterScope) throws {
        tower = try PictureTower(configuration.sceneWidths, side: configuration.side, at: scope("tower"))
        features = try Linear(tower.outputs, configuration.features / 2, at: scope("features"))
        place = try Linear(configuration.features / 2, Place.allCases.count, at: scope("place"))
        count = try Linear(configuration.features / 2, Self.countLimit + 1, at: scope("count"))
    }

    /// - Parameter pictures: `[count, 3, side, side]`, -1...1.
    /// - Returns: logits, `[count, 12]` and `[count, 4]`.
    package func callAsFunction(_ pictures: Tensor) throws(TorchError) -> (place: Tensor, count: Tensor) {
        let x = try features(tower(pictures)).silu()
        return (try place(x), try count(x))
    }
}

/// Both networks of a reader; their weights stand in one file.
package struct ReaderNetworks {
    package let configuration: ReaderConfiguration
    package let toy: ToyNetwork
    package let scene: SceneNetwork

    package init(_ configuration: ReaderConfiguration, at scope: ParameterScope) throws {
        self.configuration = configuration
        toy = try ToyNetwork(configuration, at: scope("toy"))
        scene = try SceneNetwork(configuration, at: scope("scene"))
    }
}
