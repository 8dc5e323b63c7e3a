import Datasets
import Readers
import Torch
import World

/// What the reader is shown of a batch: windows around toys, their references, and whole scenes, damaged as an autoencoder or a
/// generator damages pictures; and what is to be read in them.
struct ReaderViews {
    /// `[toys, 3, side, side]`, one toy after the other within an example.
    let windows: Tensor
    let toys: [ToyIdentity]
    /// The reference of each of the first `references.shape[0]` toys, which are all or none.
    let references: Tensor?
    /// `[examples, 3, side, side]`.
    let scenes: Tensor
    let places: [Int]
    let counts: [Int]

    /// - Parameter draws: decides the damage; nil shows the pictures as they are.
    init(_ batch: TrainingBatch, _ draws: ExampleDraws?, side: Int, device: Device) throws {
        var windows: [Float] = [], references: [Float] = [], scenes: [Float] = []
        var toys: [ToyIdentity] = [], owners: [Int] = [], counts: [Int] = []
        for (example, scene) in batch.scenes.enumerated() {
            let order = scene.subjects.indices.sorted { scene.subjects[$0].pose.x < scene.subjects[$1].pose.x }
            for (number, subject) in scene.subjects.enumerated() {
                guard let toy = subject.identity.toy else { continue }
                toys.append(toy)
                owners.append(example)
                let window = PictureWindow.expected(position: order.firstIndex(of: number) ?? 0, of: order.count)
                windows += try Self.moved(window, example, number, draws)
                    .sampled(batch.target.picture(example), height: batch.target.height, width: batch.target.width, side: side)
                guard number < batch.references.count else { continue }
                let reference = batch.references[number]
                references += PictureWindow.whole.sampled(reference.picture(example), height: reference.height, width: reference.width, side: side)
            }
            let (pixels, count) = Self.scene(scene, example, batch, draws, side: side)
            scenes += pixels
            counts.append(count)
        }
        self.toys = toys
        self.counts = counts
        places = batch.scenes.map { Place.allCases.firstIndex(of: $0.place) ?? 0 }
        self.windows = try PictureDamage(draws)(
            Tensor(windows, shape: [toys.count, 3, side, side]), owners: owners, stream: 0).to(device)
        self.references = references.isEmpty ? nil : try Tensor(references, shape: [toys.count, 3, side, side]).to(device)
        self.scenes = try PictureDamage(draws)(
            Tensor(scenes, shape: [counts.count, 3, side, side]), owners: Array(counts.indices), stream: 500).to(device)
    }

    private static func moved(_ window: PictureWindow, _ example: Int, _ number: Int, _ draws: ExampleDraws?) throws -> PictureWindow {
        guard let draws else { return window }
        func normal(_ part: UInt64) -> Float { Float(draws.normal(example, .window, number: 4 * number + Int(part))) }
        return window.jittered(across: 0.025 * normal(0), down: 0.025 * normal(1), scale: 0.03 * normal(2))
    }

    /// The whole scene; now and then some of its toys are taken away, so that their number is not known from their places.
    private static func scene(
        _ scene: WorldScene, _ example: Int, _ batch: TrainingBatch, _ draws: ExampleDraws?, side: Int
    ) -> (pixels: [Float], count: Int) {
        guard let draws, draws.uniform(example, .subset) < 0.4 else {
            let target = batch.target
            return (PictureWindow.whole.sampled(target.picture(example), height: target.height, width: target.width, side: side), scene.subjects.count)
        }
        var fewer = scene
        fewer.subjects = scene.subjects.indices.filter { draws.uniform(example, .subset, number: $0 + 1) < 0.5 }.map { scene.subjects[$0] }
        return (PictureWindow.whole.sampled(fewer.drawn(size: batch.target.height).picture, side: side), fewer.subjects.count)
    }
}

/// Blur, blotches, grain and shifted colours, different for every picture; one in four is left alone.
struct PictureDamage {
    private let draws: ExampleDraws?

    init(_ draws: ExampleDraws?) { self.draws = draws }

    /// - Parameters:
    ///   - pictures: `[count, 3, side, side]`, -1...1.
    ///   - owners: the example of each picture.
    ///   - stream: which of several kinds of pictures, for numbers of their own.
    func callAsFunction(_ pictures: Tensor, owners: [Int], stream: Int) throws -> Tensor {
        guard let draws else { return pictures }
        let count = owners.count, side = pictures.shape[2]
        /// A strength for each picture, `[count, 1, 1, 1]`.
        func strength(_ number: Int, _ value: (Double) -> Double) throws -> Tensor {
            let values = owners.enumerated().map { row, owner in
                let isSpared = draws.uniform(owner, .damage, number: 8 * (stream + row)) < 0.25
                return isSpared ? 0 : Float(value(draws.uniform(owner, .damage, number: 8 * (stream + row) + number)))
            }
            return try Tensor(values, shape: [count, 1, 1, 1])
        }
        func noise(_ size: Int, _ number: Int) throws -> Tensor {
            // One stream for the whole batch: its pictures follow from the number of its first example.
            try draws.normal([count, 3, size, size], count: 1, .grain, number: stream + number).select(dim: 0, index: 0)
        }
        func blurred(_ x: Tensor, _ kernel: Int) throws -> Tensor {
            try x.averagePooled2d(kernel: kernel).interpolatedBilinear(height: side, width: side)
        }
        var x = pictures
        x = try x + strength(1) { $0 } * (blurred(x, 2) - x)
        x = try x + strength(2) { 0.8 * max(0, 2 * $0 - 1) } * (blurred(x, 4) - x)
        x = try x + strength(3) { 0.16 * $0 * $0 } * noise(side / 4, 0).interpolatedBilinear(height: side, width: side)
        x = try x + strength(4) { 0.1 * $0 * $0 } * noise(side, 1)
        x = try x * (1 + strength(5) { 0.3 * ($0 - 0.5) }) + strength(6) { 0.16 * $0 } * noise(1, 2)
        return try x.clamped(min: -1, max: 1)
    }
}

extension PicturePlanes {
    /// `[3, height, width]` of one picture.
    fileprivate func picture(_ number: Int) -> ArraySlice<Float> {
        let length = 3 * height * width
        return values[number * length..<(number + 1) * length]
    }
}
