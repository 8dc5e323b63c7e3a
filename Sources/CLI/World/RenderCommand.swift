import ArgumentParser
import Imaging
import World

/// `atelier world render`: a sheet of examples to look at.
struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Draw a sheet of examples: references, target and caption.",
        discussion: """
            Examples:
              atelier world render -o world.png
              atelier world render --task two-subjects --count 6 --size 256 -o two.png
              atelier world render --style neon --style pencil -o styles.png
            """)

    @OptionGroup var options: WorldOptions

    @Option(parsing: .unconditional, help: ArgumentHelp("Number of examples.", valueName: "n"))
    var count = 12

    @Option(parsing: .unconditional, help: ArgumentHelp("Index of the first example.", valueName: "n"))
    var first = 0

    @Option(parsing: .unconditional, help: ArgumentHelp("Side of the targets in pixels.", valueName: "n"))
    var size = 128

    @Option(parsing: .unconditional, help: ArgumentHelp("Side of the references. Default: three quarters of --size.", valueName: "n"))
    var referenceSize: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Examples in a row.", valueName: "n"))
    var columns = 4

    @Flag(help: "Leave out the captions.")
    var plain = false

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Picture file; .png, .jpg or .webp by its ending.", valueName: "grid.png"))
    var output: String

    /// A sheet is held in memory as a whole.
    private static let pixelLimit = 200_000_000

    func validate() throws {
        guard (1...10_000).contains(count) else { throw ValidationError("--count is \(count); expected 1 to 10000") }
        guard (1...1000).contains(columns) else { throw ValidationError("--columns is \(columns); expected 1 to 1000") }
        guard first <= Int.max - count else { throw ValidationError("--first is \(first); expected at most \(Int.max - count)") }
    }

    func run() throws {
        let world = try options.world(size: size, referenceSize: referenceSize)
        let grid = PictureGrid(columns: columns, isLabelled: !plain)
        let indices = first..<first + count
        let sheet = grid.size(of: count, referenceCount: indices.map { world.referenceCount(at: $0) }.max() ?? 0, world.settings)
        guard sheet.width <= Self.pixelLimit / sheet.height else {
            throw ValidationError("A sheet of \(sheet) pixels is too large. Lower --count or --size")
        }
        try PictureFile.write(grid.picture(of: indices.map { world.example(at: $0) }), to: output)
        Console.print(output)
    }
}
