import ArgumentParser
import Foundation
import Imaging

/// Options that say where results go and how work is reported.
struct OutputOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "Picture file; .png, .jpg or .webp by its ending. Several become out-0.png, out-1.png, … for out.png. Default: atelier-SEED.png.",
            valueName: "out.png"))
    var path: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Number of pictures of each prompt; their seeds follow one another.", valueName: "n"))
    var count = 1

    @Option(help: ArgumentHelp("Record noise, token ids, embeddings and the latents of every step.", valueName: "file.safetensors"))
    var dump: String?

    @Option(help: ArgumentHelp("Save each reference as the model was shown it, as 0.png, 1.png, … DreamO only.", valueName: "dir"))
    var savePrepared: String?

    @Flag(help: "Report on the standard output, one JSON object per line.")
    var json = false

    func validate() throws {
        guard (1...10_000).contains(count) else {
            throw ValidationError("--count is \(count); expected 1 to 10000")
        }
    }

    /// Saves a reference as the model is shown it, where that was asked for.
    func save(prepared image: PixelImage, _ index: Int) throws {
        guard let savePrepared else { return }
        try FileManager.default.createDirectory(atPath: savePrepared, withIntermediateDirectories: true)
        try PictureFile.write(image, to: "\(savePrepared)/\(index).png")
    }

    /// How progress is shown to whoever watches.
    ///
    /// - Parameter isFirst: whether this process is the first of those that share the pictures; the others only say what they finished.
    func progress(isFirst: Bool) -> any ProgressReport {
        let progress: any ProgressReport = if json { JSONProgress() } else if Console.isTerminal { BarProgress() } else { LineProgress() }
        return isFirst ? progress : ResultsAlone(progress)
    }
}
