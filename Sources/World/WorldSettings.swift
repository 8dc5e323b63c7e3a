/// How often captions say more than kind and place.
public struct WordingChances: Sendable, Codable, Equatable {
    /// The main colour's word.
    public var colour: Float
    /// The pattern's word.
    public var pattern: Float
    /// "with a hat".
    public var accessory: Float

    public init(colour: Float = 0, pattern: Float = 0, accessory: Float = 0) {
        self.colour = colour
        self.pattern = pattern
        self.accessory = accessory
    }
}

/// Everything that, with an index, decides an example.
public struct WorldSettings: Sendable, Codable, Equatable {
    /// Side of the target in pixels.
    public var pictureSize: Int
    /// Side of each reference in pixels.
    public var referenceSize: Int
    public var seed: UInt64
    public var split: WorldSplit
    public var tasks: TaskWeights
    /// Captions of examples without references, from which the words are learnt.
    public var plainWording: WordingChances
    /// Captions of examples with references, which are to be looked at.
    public var referenceWording: WordingChances
    /// Places to draw from; empty means all.
    public var places: [Place]
    /// Styles for the tasks with a style reference; empty means all but plain.
    public var styles: [PictureStyle]

    public init(
        pictureSize: Int = 64, referenceSize: Int = 48, seed: UInt64 = 0, split: WorldSplit = .train, tasks: TaskWeights = .toys,
        plainWording: WordingChances = WordingChances(colour: 0.6, pattern: 0.4, accessory: 0.5),
        referenceWording: WordingChances = WordingChances(colour: 0.15), places: [Place] = [],
        styles: [PictureStyle] = []
    ) {
        self.pictureSize = pictureSize
        self.referenceSize = referenceSize
        self.seed = seed
        self.split = split
        self.tasks = tasks
        self.plainWording = plainWording
        self.referenceWording = referenceWording
        self.places = places
        self.styles = styles
    }
}

extension WorldSettings {
    /// Reads settings; what is absent has its default.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        pictureSize = try values.decodeIfPresent(Int.self, forKey: .pictureSize) ?? pictureSize
        referenceSize = try values.decodeIfPresent(Int.self, forKey: .referenceSize) ?? referenceSize
        seed = try values.decodeIfPresent(UInt64.self, forKey: .seed) ?? seed
        split = try values.decodeIfPresent(WorldSplit.self, forKey: .split) ?? split
        tasks = try values.decodeIfPresent(TaskWeights.self, forKey: .tasks) ?? tasks
        plainWording = try values.decodeIfPresent(WordingChances.self, forKey: .plainWording) ?? plainWording
        referenceWording = try values.decodeIfPresent(WordingChances.self, forKey: .referenceWording) ?? referenceWording
        places = try values.decodeIfPresent([Place].self, forKey: .places) ?? places
        styles = try values.decodeIfPresent([PictureStyle].self, forKey: .styles) ?? styles
    }

    func check() throws(WorldError) {
        for (name, side) in [("The picture size", pictureSize), ("The reference size", referenceSize)]
        where !PictureWorld.sizes.contains(side) {
            throw .impossibleSize(name: name, side)
        }
        for task in WorldTask.allCases where !(tasks[task] >= 0 && tasks[task].isFinite) {
            throw .impossibleShare(name: "The weight of the task \(task.rawValue)", tasks[task], bound: "zero or more")
        }
        guard WorldTask.allCases.contains(where: { tasks[$0] > 0 }) else { throw .noTask }
        for chances in [plainWording, referenceWording] {
            for (name, chance) in [("colour", chances.colour), ("pattern", chances.pattern), ("accessory", chances.accessory)]
            where !(0...1).contains(chance) {
                throw .impossibleShare(name: "The chance of naming the \(name)", Double(chance), bound: "0 to 1")
            }
        }
    }
}
