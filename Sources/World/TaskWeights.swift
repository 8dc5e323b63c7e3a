/// How often each task comes, as shares of their sum.
public struct TaskWeights: Sendable, Codable, Equatable {
    public var textToImage, oneSubject, twoSubjects, threeSubjects, style, face, garment, styleOnly: Double

    public init(
        textToImage: Double = 0, oneSubject: Double = 0, twoSubjects: Double = 0, threeSubjects: Double = 0,
        style: Double = 0, face: Double = 0, garment: Double = 0, styleOnly: Double = 0
    ) {
        self.textToImage = textToImage
        self.oneSubject = oneSubject
        self.twoSubjects = twoSubjects
        self.threeSubjects = threeSubjects
        self.style = style
        self.face = face
        self.garment = garment
        self.styleOnly = styleOnly
    }

    /// Toys with and without references.
    public static let toys = TaskWeights(textToImage: 0.15, oneSubject: 0.42, twoSubjects: 0.38, threeSubjects: 0.05)
    /// Every task, toys the most.
    public static let everything = TaskWeights(
        textToImage: 0.12, oneSubject: 0.25, twoSubjects: 0.22, threeSubjects: 0.04, style: 0.11, face: 0.11, garment: 0.11, styleOnly: 0.04)
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
        case .styleOnly: \.styleOnly
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

extension TaskWeights {
    /// Reads weights; tasks that are absent never come.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func weight(_ key: CodingKeys) throws -> Double { try values.decodeIfPresent(Double.self, forKey: key) ?? 0 }
        try self.init(
            textToImage: weight(.textToImage), oneSubject: weight(.oneSubject), twoSubjects: weight(.twoSubjects),
            threeSubjects: weight(.threeSubjects), style: weight(.style), face: weight(.face), garment: weight(.garment),
            styleOnly: weight(.styleOnly))
    }
}
