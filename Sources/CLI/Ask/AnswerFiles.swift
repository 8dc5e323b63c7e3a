import ArgumentParser
import Foundation
import Imaging

/// Where the pictures of answers go, checked before the first question.
final class AnswerFiles {
    private let given: String?
    private var count = 0

    /// - Parameter inputs: files that are read, and are not to be written over.
    /// - Throws: `ValidationError` for an ending that no format has, or a file that is read.
    init(output: String?, dump: String?, sparing inputs: [String]) throws {
        given = output
        if let output, PictureFormat(writing: output) == nil {
            throw ValidationError("-o '\(output)' does not end in a format that can be written; expected .png, .jpg, .jpeg or .webp")
        }
        if let dump, !dump.hasSuffix(".safetensors") {
            throw ValidationError("--dump '\(dump)' does not end in .safetensors; expected the name of such a file")
        }
        func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
        let read = Set(inputs.map(resolved))
        for (option, path) in [("-o", output), ("--dump", dump)] {
            guard let path, read.contains(resolved(path)) else { continue }
            throw ValidationError("\(option) \(path) would replace a picture that is asked about; choose another name")
        }
    }

    /// The path of the picture that is being drawn; the same until `next`.
    ///
    /// Names nobody chose are those of no file yet.
    private var path: String {
        if let given {
            let name = given as NSString
            return count == 0 ? given : "\(name.deletingPathExtension)-\(count).\(name.pathExtension)"
        }
        return "atelier-answer\(count == 0 ? "" : "-\(count)").png"
    }

    /// Saves the picture that is being drawn, and gives its path.
    func save(_ image: PixelImage, isWhole: Bool) throws -> String {
        if given == nil, !isBegun { while FileManager.default.fileExists(atPath: path) { count += 1 } }
        let path = path
        try PictureFile.write(image, to: path)
        isBegun = !isWhole
        if isWhole { count += 1 }
        return path
    }

    /// Whether a preview of the picture was saved.
    private var isBegun = false
}
