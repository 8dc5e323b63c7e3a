/// What an example asks of a model.
public enum WorldTask: String, Sendable, Codable, CaseIterable {
    /// A caption, no reference.
    case textToImage = "text"
    /// One toy that has to look like its reference.
    case oneSubject = "one-subject"
    /// Two toys; the caption says which reference stands on which side.
    case twoSubjects = "two-subjects"
    case threeSubjects = "three-subjects"
    /// A toy drawn in the manner of a second reference.
    case style
    /// A person known from a reference of the face.
    case face
    /// A doll that wears the referenced garment.
    case garment
}

/// How often each task comes, as shares of their sum.
public struct TaskWeights: Sendable, Codable, Equatable {
    public var textToImage, oneSubject, twoSubjects, threeSubjects, style, face, garment: Double

    public init(
        textToImage: Double = 0, oneSubject: Double = 0, twoSubjects: Double = 0, threeSubjects: Double = 0,
        style: Double = 0, face: Double = 0, garment: Double = 0
    ) {
        self.textToImage = textToImage
        self.oneSubject = oneSubject
        self.twoSubjects = twoSubjects
        self.threeSubjects = threeSubjects
        self.style = style
        self.face = face
        self.garment = garment
    }

    /// Toys with and without references.
    public static let toys = TaskWeights(textToImage: 0.15, oneSubject: 0.42, twoSubjects: 0.38, threeSubjects: 0.05)
    /// Captions only.
    public static let textOnly = TaskWeights(textToImage: 1)

    /// The same task for every example.
    public static func only(_ task: WorldTask) -> TaskWeights {
        var weights = TaskWeights()
        weights[task] = 1
        return weights
    }

    /// The weight of a task.
    public subscript(task: WorldTask) -> Double {
        get { self[keyPath: Self.path(task)] }
        set { self[keyPath: Self.path(task)] = newValue }
    }

    private static func path(_ task: WorldTask) -> WritableKeyPath<TaskWeights, Double> {
        switch task {
        case .textToImage: \.textToImage
        case .oneSubject: \.oneSubject
        case .twoSubjects: \.twoSubjects
        case .threeSubjects: \.threeSubjects
        case .style: \.style
        case .face: \.face
        case .garment: \.garment
        }
    }

    /// The task at a place 0..<1 on the scale of all weights.
    func task(at place: Float) -> WorldTask {
        let tasks = WorldTask.allCases.filter { self[$0] > 0 }
        var rest = Double(place) * tasks.reduce(0) { $0 + self[$1] }
        for task in tasks {
            rest -= self[task]
            if rest < 0 { return task }
        }
        return tasks.last ?? .oneSubject
    }
}

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

    public init(
        pictureSize: Int = 64, referenceSize: Int = 48, seed: UInt64 = 0, split: WorldSplit = .train, tasks: TaskWeights = .toys,
        plainWording: WordingChances = WordingChances(colour: 0.6, pattern: 0.4, accessory: 0.5),
        referenceWording: WordingChances = WordingChances(colour: 0.15), places: [Place] = []
    ) {
        self.pictureSize = pictureSize
        self.referenceSize = referenceSize
        self.seed = seed
        self.split = split
        self.tasks = tasks
        self.plainWording = plainWording
        self.referenceWording = referenceWording
        self.places = places
    }
}
