/// What a dataset says about an example beside its pictures: a line of `attributes.jsonl`, or a `.json` member of a shard.
struct ExampleRecord: Encodable {
    /// A reference's file and what it is for.
    struct ReferenceFile: Encodable {
        let file: String
        let role: ReferenceRole
    }

    let index: Int
    let prompt: String
    let captions: [String]
    let task: WorldTask
    let place: Place
    let style: PictureStyle
    let target: String
    let references: [ReferenceFile]
    /// One for each reference, black for a style; empty where masks were not asked for.
    let masks: [String]
    let subjects: [SceneSubject]
    let questions: [WorldQuestion]

    /// - Parameter name: gives the file of "target", "ref0", "mask0" and so on.
    init(_ index: Int, in world: PictureWorld, hasMasks: Bool, file name: (String) -> String) {
        let scene = world.scene(at: index)
        self.index = index
        captions = world.captions(at: index)
        prompt = captions[0]
        (task, place, style, subjects) = (scene.task, scene.place, scene.style, scene.subjects)
        target = name("target")
        references = scene.roles.enumerated().map { ReferenceFile(file: name("ref\($0.offset)"), role: $0.element) }
        masks = hasMasks ? scene.roles.indices.map { name("mask\($0)") } : []
        questions = world.questions(at: index)
    }
}

/// An entry of the official list of pairs.
struct PairedEntry: Encodable {
    let image_paths: [String]
    let image_tgt_path: String
    let prompt: String

    init(_ record: ExampleRecord) {
        image_paths = record.references.map(\.file)
        image_tgt_path = record.target
        prompt = record.prompt
    }
}
