public import Imaging
public import Readers
public import World

/// Reads pictures against what their examples asked for.
///
/// Confined to the thread that made it, as the reader is.
public struct PictureScorer {
    private let reader: Reader
    /// Others of the same kind that each reference is compared with.
    public static let decoyCount = 7

    public init(_ reader: Reader) { self.reader = reader }

    /// An example with everything that its pictures are compared with.
    public struct Task {
        public let example: WorldExample
        /// From the left, for each subject.
        public let positions: [Int]
        /// References of others of the same kind, for each subject with a reference.
        let decoys: [[PixelImage]]
        fileprivate let known: [(reading: ToyReading, palette: Palette)]
        fileprivate let knownDecoys: [[(reading: ToyReading, palette: Palette)]]
    }

    /// Prepares an example of a world.
    public func task(_ world: PictureWorld, at index: Int) throws -> Task {
        let example = world.example(at: index)
        let order = example.subjects.indices.sorted { example.subjects[$0].pose.x < example.subjects[$1].pose.x }
        let decoys = example.references.indices.map { subject in
            world.decoys(at: index, subject: subject, count: Self.decoyCount).map(\.reference)
        }
        return Task(
            example: example, positions: example.subjects.indices.map { order.firstIndex(of: $0) ?? 0 }, decoys: decoys,
            known: try read(example.references), knownDecoys: try decoys.map(read))
    }

    private func read(_ references: [PixelImage]) throws -> [(reading: ToyReading, palette: Palette)] {
        let readings = try reader.toys(references.map { ($0, .whole) })
        return zip(readings, references).map { ($0, Palette(reference: $1)) }
    }

    /// The record of an example whose picture was made.
    ///
    /// - Parameters:
    ///   - roundTrip: the true picture through the model's autoencoder.
    ///   - seed: of the noise, for the record.
    public func record(_ task: Task, made: PixelImage, roundTrip: PixelImage?, seed: UInt64) throws -> ExampleRecord {
        let example = task.example
        let readings = try readings([made, example.target] + (roundTrip.map { [$0] } ?? []), task)
        return ExampleRecord(
            index: example.index, seed: seed, caption: example.caption, place: example.place,
            subjects: zip(example.subjects, task.positions).compactMap { subject, position in
                subject.identity.toy.map { SubjectRecord(toy: $0, position: position) }
            },
            made: readings[0], truth: readings[1], roundTrip: readings.count > 2 ? readings[2] : nil)
    }

    /// What pictures that should show the task's example do show.
    public func readings(_ pictures: [PixelImage], _ task: Task) throws -> [PictureReading] {
        let scenes = try reader.scenes(pictures), count = task.example.subjects.count
        return try pictures.indices.map { picture in
            let windows = task.positions.map { (picture: pictures[picture], window: PictureWindow.expected(position: $0, of: count)) }
            let seen = try reader.toys(windows)
            let subjects = seen.indices.map { subject in
                self.subject(subject, seen[subject], Palette(windows[subject].picture, windows[subject].window), task)
            }
            return PictureReading(place: scenes[picture].place, subjectCount: scenes[picture].subjectCount, subjects: subjects)
        }
    }

    private func subject(_ number: Int, _ seen: ToyReading, _ palette: Palette, _ task: Task) -> SubjectReading {
        var reading = SubjectReading(kind: seen.kind, pattern: seen.pattern, accessory: seen.accessory, mainHue: seen.mainHue)
        guard task.known.indices.contains(number) else { return reading }
        /// Both ways to compare, by one rule.
        func likeness(_ value: ((reading: ToyReading, palette: Palette)) -> Double) -> Likeness {
            var likeness = Likeness(own: value(task.known[number]), decoys: task.knownDecoys[number].map(value))
            if task.known.count == 2 {
                likeness.other = value(task.known[1 - number])
                likeness.otherDecoys = task.knownDecoys[1 - number].map(value)
            }
            return likeness
        }
        reading.identity = likeness { seen.similarity(to: $0.reading) }
        reading.palette = likeness { palette.overlap($0.palette) }
        return reading
    }
}
