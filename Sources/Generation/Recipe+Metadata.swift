import Foundation
public import Imaging

extension Recipe {
    /// The recipe as JSON with sorted keys, on one line.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Only numbers that are not finite cannot be encoded, and requests hold none once they are validated.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// What is stored in a picture: the recipe, and the settings as other programs show them.
    public var metadata: PictureMetadata {
        [PictureMetadata.parametersKey: settings, PictureMetadata.recipeKey: json]
    }

    /// The recipe stored in a picture.
    ///
    /// - Throws: `RecipeError` for pictures without a recipe, `ImagingError` for files that are no pictures.
    public static func stored(in path: String) throws -> Recipe {
        let metadata = try PictureFile.metadata(of: path)
        guard let text = metadata[PictureMetadata.recipeKey] else { throw RecipeError.absent(path) }
        do {
            return try JSONDecoder().decode(Recipe.self, from: Data(text.utf8))
        } catch {
            throw RecipeError.unreadable(path)
        }
    }

    /// The text under `parameters`: the prompt, then one line of settings.
    private var settings: String {
        var lines = [prompt]
        if let negativePrompt, !negativePrompt.isEmpty { lines.append("Negative prompt: \(negativePrompt)") }
        var values: [(String, String?)] = [
            ("Steps", stepCount.map(String.init)), ("CFG scale", trueCFG.map { "\($0)" }),
            ("Distilled CFG Scale", guidance.map { "\($0)" }), ("Seed", "\(seed)"),
        ]
        if let width, let height { values.append(("Size", "\(width)x\(height)")) }
        values += [("Model", system), ("Version", "atelier \(version)")]
        lines.append(values.compactMap { name, value in value.map { "\(name): \($0)" } }.joined(separator: ", "))
        return lines.joined(separator: "\n")
    }
}

/// A picture that cannot be drawn again.
public enum RecipeError: Error, Sendable, Equatable, CustomStringConvertible {
    case absent(String)
    case unreadable(String)

    public var description: String {
        switch self {
        case .absent(let path):
            "\(path) holds no recipe; expected a picture drawn by this program, as it was saved (other programs drop the text when they save)."
        case .unreadable(let path):
            "\(path) holds a recipe that this version cannot read; expected one of this version or an older one. Update the program."
        }
    }
}
