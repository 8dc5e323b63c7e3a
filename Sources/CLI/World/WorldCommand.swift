import ArgumentParser

/// `atelier world`: pictures to learn from, made from numbers.
struct WorldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "world",
        abstract: "Make pictures of toys, people and clothes to train models with.",
        discussion: """
            The world draws examples without end: a caption, the picture it asks for,
            and references that alone tell what its subjects look like. Equal options
            give equal pictures.
            """,
        subcommands: [RenderCommand.self, DatasetCommand.self, VocabularyCommand.self])
}
