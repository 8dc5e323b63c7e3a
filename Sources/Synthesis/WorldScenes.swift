import Foundation
public import World

/// Scenes of the picture world whose references are not looked at: boxes come from the masks, names from the kinds.
public struct WorldScenes: SceneSource {
    public let origin: String
    public let world: PictureWorld

    /// - Parameter settings: of tasks with toys and references to them.
    /// - Throws: `SynthesisError.setting` for other tasks, `WorldError`.
    public init(_ settings: WorldSettings) throws {
        let allowed: [WorldTask] = [.oneSubject, .twoSubjects, .threeSubjects]
        if let task = WorldTask.allCases.first(where: { settings.tasks[$0] > 0 && !allowed.contains($0) }) {
            throw SynthesisError.setting(name: "task", value: task.rawValue, expected: allowed.map(\.rawValue).joined(separator: ", "))
        }
        world = try PictureWorld(settings)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        origin = "world \(String(decoding: try encoder.encode(settings), as: UTF8.self))"
    }

    public var count: Int? { nil }

    public func scene(at index: Int) throws -> SubjectScene {
        let example = world.example(at: index)
        let subjects = try zip(example.subjects, example.masks).map { subject, mask in
            let kind = subject.identity.toy?.kind.rawValue ?? ""
            guard let box = SubjectBox(around: mask) else {
                throw SynthesisError.subject(picture: "world \(index)", name: kind, problem: "nothing of it is to be seen")
            }
            return SubjectScene.Subject(name: "a \(kind) toy", box: box)
        }
        let places = Place.allCases.filter { $0 != example.place }.map { $0.phrases[0] }
        return SubjectScene(
            name: "world \(index)", picture: example.target, file: nil, prompt: example.caption, subjects: subjects,
            otherScenes: places)
    }
}
