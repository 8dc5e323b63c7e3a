public import ArgumentParser
public import Generation

/// Options that say what a picture shows and how it is drawn.
///
/// Values are read unconditionally, so that prompts and numbers may begin with a dash.
struct PictureOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp("What the picture shows.", valueName: "text"))
    var prompt: String?

    @Option(
        help: ArgumentHelp(
            "A file that says what many pictures show: a prompt a line, or .json/.jsonl with prompt, image_paths and seed. The other options hold for all.",
            valueName: "file"))
    var prompts: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("What to steer away from; needs --true-cfg above 1.", valueName: "text"))
    var negative: String?

    @Option(
        name: .customLong("ref"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A picture to draw from; repeat for more. What is taken from it may stand before the path: subject (the default), style, face or "
                + "garment, as in style:waves.jpg, with a number for the prompt's [ref#N], as in subject#2:cat.png. UNO keeps up to 4 subjects; "
                + "USO one subject or face, in up to 2 styles; DreamO subjects, faces and garments, or one style.",
            valueName: "[role:]picture"),
        transform: ReferenceArgument.init)
    var references: [ReferenceArgument] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("Width in pixels, rounded down to what the model can draw.", valueName: "n"))
    var width: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Height in pixels, rounded down likewise.", valueName: "n"))
    var height: Int?

    @Flag(help: "Draw in the size of the reference: of UNO's first one; of USO's subject or face, enlarged to 1024 pixels.")
    var keepSize = false

    @Option(parsing: .unconditional, help: ArgumentHelp("Denoising steps: more take longer and show more detail.", valueName: "n"))
    var steps: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Guidance strength that the model is told.", valueName: "g"))
    var guidance: Double?

    @Option(
        name: .customLong("true-cfg"), parsing: .unconditional,
        help: ArgumentHelp("Scale of true classifier-free guidance; 1 turns it off, other values double the time.", valueName: "s"))
    var trueCFG: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Steps with true guidance, the first being 0; it ends before END. DreamO only. Default: all.", valueName: "first:end"),
        transform: StepWindowArgument.init)
    var cfgWindow: StepWindowArgument?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Guidance strength told with the negative prompt. DreamO only. Default: 3.5.", valueName: "g"))
    var negativeGuidance: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Guidance strength told in the first step. DreamO only. Default: that of the others.", valueName: "g"))
    var firstStepGuidance: Double?

    @Option(
        name: .customLong("cfg"), parsing: .unconditional,
        help: ArgumentHelp("Scale of guidance by the picture alone; 1 turns it off. UniToken only. Default: 3.", valueName: "s"))
    var cfg: Double?

    @Option(
        name: .customLong("image-top-k"), parsing: .unconditional,
        help: ArgumentHelp("Among how many of the likeliest picture tokens one is drawn. UniToken only. Default: 2000.", valueName: "k"))
    var imageTopK: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How evenly tokens are drawn; 0 takes the likeliest. UniToken only. Default: 1.", valueName: "t"))
    var temperature: Double?

    @Option(
        help: ArgumentHelp("Size in squares of 32 pixels, height first, as in 16x16. UniToken only.", valueName: "hxw"), transform: PictureGrids.init(argument:))
    var grids: PictureGrids?

    @Flag(help: "Take the likeliest token every time. UniToken only.")
    var greedy = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Seed of the noise; -1 picks one and says which. Default: 0.", valueName: "n|-1"), transform: SeedArgument.init)
    var seed: SeedArgument?

    @Option(
        name: .customLong("ref-size"), parsing: .unconditional,
        help: ArgumentHelp(
            "Long side to which references are scaled, in pixels. UNO: 512 for one, 320 for more; USO: 512. DreamO: side of the square of equal area, 512.",
            valueName: "n"))
    var referenceSize: Int?

    @Option(
        name: .customLong("prepare"),
        help: ArgumentHelp("Whether DreamO's networks prepare references. Default: auto; none takes them as they are.", valueName: "how"))
    var preparation: PreparationChoice?

    @Option(
        help: ArgumentHelp(
            "Where references lie for the model: diagonally, below, to the right, or on the picture. Default: d.", valueName: "variant"))
    var position: PositionVariant?

    @Option(
        name: .customLong("posterior-seed"), parsing: .unconditional,
        help: ArgumentHelp(
            "Seed of the draw that encodes references, or 'mean' for none. Default: the seed. (The official programs never seed it.)",
            valueName: "n|mean"),
        transform: PosteriorArgument.init)
    var posterior: PosteriorArgument?

    @Option(
        name: .customLong("noise-dtype"),
        help: ArgumentHelp(
            "Type in which the noise is drawn; the stream of numbers differs. Default: bfloat16, as the official programs.", valueName: "type"))
    var noiseType: NoiseType?

    @Option(
        name: .customLong("noise-device"),
        help: ArgumentHelp(
            "Where the noise is drawn; the streams of numbers differ. Default: auto, as the official programs: the device that computes, "
                + "for DreamO the processor.",
            valueName: "device"))
    var noiseDevice: NoiseDevice?

    @Flag(help: "Turn references as their EXIF orientation asks. The official programs do not.")
    var upright = false

    @Option(help: ArgumentHelp("Repeat a picture that this program drew; options given beside it replace single values.", valueName: "picture"))
    var from: String?
}

extension PositionVariant: ExpressibleByArgument {}
extension PreparationChoice: ExpressibleByArgument {}
extension NoiseType: ExpressibleByArgument {}
extension NoiseDevice: ExpressibleByArgument {}
