public import Imaging

/// A world of pictures without end, made from numbers: settings and an index give an example, always the same one.
///
/// Values only, nothing is remembered; any number of threads may ask at once.
public struct PictureWorld: Sendable {
    public let settings: WorldSettings
    private let seed: UInt64
    private let places: [Place]

    /// Sides of pictures that are drawn.
    public static let sizes = 8...4096

    /// - Throws: `WorldError` where a size cannot be drawn, or weights are no weights.
    public init(_ settings: WorldSettings = WorldSettings()) throws(WorldError) {
        try settings.check()
        self.settings = settings
        seed = RandomStream.mixed(settings.seed) ^ settings.split.seedSalt
        places = settings.places.isEmpty ? Place.allCases : settings.places
    }

    // MARK: Examples

    /// The example at an index; any index, negative ones as well.
    public func example(at index: Int) -> WorldExample {
        let scene = scene(at: index)
        let (target, masks) = scene.drawn(size: settings.pictureSize)
        let roles = scene.roles
        return WorldExample(
            index: index, scene: scene, captions: captions(at: index, of: scene), target: target,
            references: roles.indices.map { reference($0, at: index, of: scene) }, roles: roles, masks: masks)
    }

    /// What the example at an index shows, without drawing it.
    public func scene(at index: Int) -> WorldScene {
        let task = task(at: index)
        var random = stream(index, .place)
        let layout = PlaceLayout(random.pick(places), from: &random)
        let count = task == .textToImage ? textSubjectCount(&random) : task.subjectCount
        var subjects = (0..<count).map { position in
            var identity = stream(index, .identity, part: position)
            var pose = stream(index, .pose, part: position)
            return SceneSubject(
                identity: .toy(ToyIdentity(settings.split, from: &identity)), pose: Pose(position: position, of: count, from: &pose))
        }
        let namesRightFirst = count == 2 && random.chance(0.4)
        if namesRightFirst { subjects.swapAt(0, 1) }
        return WorldScene(task: task, layout: layout, style: .plain, subjects: subjects, namesRightFirst: namesRightFirst)
    }

    /// The captions of an example, without drawing it. The first is the one to train with.
    public func captions(at index: Int) -> [String] { captions(at: index, of: scene(at: index)) }

    /// How many references an example has, without drawing them.
    public func referenceCount(at index: Int) -> Int { task(at: index).referenceCount }

    // MARK: Other subjects

    /// Pictures of other toys of the same kind, to compare with the subject that was asked for: whatever a reading says of
    /// them as well is not due to the reference.
    ///
    /// - Parameters:
    ///   - subject: position among the subjects of the example.
    /// - Returns: identities with their reference pictures, `count` of them.
    public func decoys(at index: Int, subject: Int, count: Int) -> [(toy: ToyIdentity, reference: PixelImage)] {
        let subjects = scene(at: index).subjects
        guard subjects.indices.contains(subject), let toy = subjects[subject].identity.toy else { return [] }
        return (0..<count).map { number in
            var random = stream(index, .decoy, part: subject * 4096 + number)
            var other = ToyIdentity(settings.split, kind: toy.kind, from: &random)
            while other.cell == toy.cell { other = ToyIdentity(settings.split, kind: toy.kind, from: &random) }
            return (other, other.drawnAlone(size: settings.referenceSize, mirrored: subjects[subject].pose.mirrored, from: &random))
        }
    }

    // MARK: Parts

    private func task(at index: Int) -> WorldTask {
        var random = stream(index, .task)
        return settings.tasks.task(at: random.unit())
    }

    private func captions(at index: Int, of scene: WorldScene) -> [String] {
        let wording = scene.roles.isEmpty ? settings.plainWording : settings.referenceWording
        var writer = CaptionWriter(scene, wording, stream(index, .caption))
        return writer.captions(3)
    }

    private func reference(_ position: Int, at index: Int, of scene: WorldScene) -> PixelImage {
        var random = stream(index, .reference, part: position)
        let subject = scene.subjects[position]
        switch subject.identity {
        case .toy(let toy): return toy.drawnAlone(size: settings.referenceSize, mirrored: subject.pose.mirrored, from: &random)
        }
    }

    private func textSubjectCount(_ random: inout RandomStream) -> Int {
        random.chance(0.65) ? 1 : random.chance(0.9) ? 2 : 3
    }

    private func stream(_ index: Int, _ purpose: RandomStream.Purpose, part: Int = 0) -> RandomStream {
        RandomStream(seed: seed, index: index, purpose, part: part)
    }
}

extension WorldTask {
    /// Subjects in a scene of the task; that of captions alone varies.
    var subjectCount: Int {
        switch self {
        case .twoSubjects: 2
        case .threeSubjects: 3
        case .textToImage, .oneSubject, .style, .face, .garment: 1
        }
    }

    /// References of every example of the task.
    var referenceCount: Int {
        switch self {
        case .textToImage: 0
        case .oneSubject, .face, .garment: 1
        case .twoSubjects, .style: 2
        case .threeSubjects: 3
        }
    }
}

extension WorldSettings {
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
