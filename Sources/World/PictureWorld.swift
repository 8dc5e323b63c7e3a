internal import Imaging

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
            references: roles.indices.map { reference($0, at: index, of: scene) }, roles: roles, masks: masks,
            questions: QuestionWriter(scene, stream(index, .question)).questions())
    }

    /// What the example at an index shows, without drawing it.
    public func scene(at index: Int) -> WorldScene {
        let task = task(at: index)
        var random = stream(index, .place)
        let layout = PlaceLayout(random.pick(places), from: &random)
        let count = task == .textToImage ? textSubjectCount(&random) : task.subjectCount
        var subjects = (0..<count).map { subject($0, of: count, at: index, task) }
        let namesRightFirst = count == 2 && random.chance(0.4)
        if namesRightFirst { subjects.swapAt(0, 1) }
        return WorldScene(
            task: task, layout: layout, style: style(at: index, task), subjects: subjects, namesRightFirst: namesRightFirst)
    }

    private func subject(_ position: Int, of count: Int, at index: Int, _ task: WorldTask) -> SceneSubject {
        var identity = stream(index, .identity, part: position)
        var pose = stream(index, .pose, part: position)
        switch task {
        case .face:
            var bearing = stream(index, .bearing)
            let person = PersonBearing(from: &bearing)
            return SceneSubject(
                identity: .person(PersonIdentity(settings.split, from: &identity)), pose: Pose(headOf: person, from: &pose), person: person)
        case .garment:
            var bearing = stream(index, .bearing)
            return SceneSubject(
                identity: .garment(GarmentIdentity(settings.split, from: &identity)), pose: Pose(dollFrom: &pose),
                doll: DollBearing(from: &bearing))
        case .textToImage, .oneSubject, .twoSubjects, .threeSubjects, .style, .styleOnly:
            return SceneSubject(
                identity: .toy(ToyIdentity(settings.split, from: &identity)), pose: Pose(position: position, of: count, from: &pose))
        }
    }

    private func style(at index: Int, _ task: WorldTask) -> PictureStyle {
        guard task == .style || task == .styleOnly else { return .plain }
        var random = stream(index, .style)
        return random.pick(settings.styles.isEmpty ? PictureStyle.drawn : settings.styles)
    }

    /// The captions of an example, without drawing it. The first is the one to train with.
    public func captions(at index: Int) -> [String] { captions(at: index, of: scene(at: index)) }

    /// How many references an example has, without drawing them.
    public func referenceCount(at index: Int) -> Int { task(at: index).referenceCount }

    /// What can be asked about an example, with the answers, without drawing it.
    public func questions(at index: Int) -> [WorldQuestion] {
        QuestionWriter(scene(at: index), stream(index, .question)).questions()
    }

    // MARK: Other subjects

    /// Other subjects of the same kind, to compare with the one that was asked for: whatever a reading says of them as well
    /// is not due to the reference.
    ///
    /// - Parameter subject: position among the subjects of the example.
    /// - Returns: `count` others of the same split with their reference pictures; none where there is no such subject.
    public func decoys(at index: Int, subject: Int, count: Int) -> [Decoy] {
        let subjects = scene(at: index).subjects
        guard subjects.indices.contains(subject) else { return [] }
        return (0..<count).map { number in
            var random = stream(index, .decoy, part: subject * 4096 + number)
            var other = subjects[subject]
            other.identity = subjects[subject].identity.another(settings.split, from: &random)
            return Decoy(identity: other.identity, reference: other.reference(size: settings.referenceSize, from: &random))
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
        if scene.roles[position] == .style { return styleReference(at: index, scene) }
        var random = stream(index, .reference, part: position)
        return scene.subjects[position].reference(size: settings.referenceSize, from: &random)
    }

    /// Another toy at another place in the scene's style.
    private func styleReference(at index: Int, _ scene: WorldScene) -> PixelImage {
        var random = stream(index, .styleReference)
        let others = Place.allCases.filter { $0 != scene.place }
        let layout = PlaceLayout(random.pick(others), from: &random)
        let toy = ToyIdentity(settings.split, from: &random)
        let subject = SceneSubject(identity: .toy(toy), pose: Pose(position: 0, of: 1, from: &random))
        let other = WorldScene(task: scene.task, layout: layout, style: scene.style, subjects: [subject], namesRightFirst: false)
        return other.drawn(size: settings.referenceSize).picture
    }

    private func textSubjectCount(_ random: inout RandomStream) -> Int {
        random.chance(0.65) ? 1 : random.chance(0.9) ? 2 : 3
    }

    private func stream(_ index: Int, _ purpose: RandomStream.Purpose, part: Int = 0) -> RandomStream {
        RandomStream(seed: seed, index: index, purpose, part: part)
    }
}
