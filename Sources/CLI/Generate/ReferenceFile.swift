import Crypto
import Foundation
import Generation
import Imaging

/// A reference picture, read from its file.
struct ReferenceFile: Sendable {
    let reference: Reference
    let path: String
    /// Of the file, in hexadecimal digits.
    let sha256: String
    let notes: [String]

    /// The pictures of the options, else those of the repeated picture.
    static func read(_ options: PictureOptions, _ recipe: Recipe?, upright: Bool) throws -> [ReferenceFile] {
        if options.references.isEmpty, let recipe, let picture = options.from {
            return try recipe.references.map { try ReferenceFile($0, repeating: picture, upright: upright) }
        }
        return try options.references.map { try ReferenceFile($0.role, $0.path, slot: $0.slot, upright: upright) }
    }

    init(_ role: Reference.Role, _ path: String, slot: Int? = nil, upright: Bool) throws {
        let reading = PictureReading(appliesOrientation: upright)
        let image = try PictureFile.read(path, reading)
        let information = try PictureFile.information(of: path, reading)
        self.path = path
        reference = Reference(role: role, name: path, image: image, slot: slot)
        sha256 = SHA256.hash(data: try Data(contentsOf: URL(fileURLWithPath: path))).hexadecimal
        notes =
            information.isUpright || upright
            ? [] : ["\(path) is stored turned or mirrored (EXIF orientation \(information.orientation)) and is used as stored; --upright turns it."]
    }

    /// Finds a remembered reference where it was, or beside the picture that remembers it.
    private init(_ remembered: Recipe.Picture, repeating picture: String, upright: Bool) throws {
        let name = (remembered.path as NSString).lastPathComponent
        let beside = ((picture as NSString).deletingLastPathComponent as NSString).appendingPathComponent(name)
        guard let path = [remembered.path, beside].first(where: FileManager.default.fileExists) else {
            throw CommandFailure("\(picture) was drawn from the reference \(remembered.path), which is not there. Bring it back, or give --ref.")
        }
        let file = try ReferenceFile(remembered.role, path, slot: remembered.slot, upright: upright)
        let changed = "\(path) is not the file that \(picture) was drawn from; the picture will differ."
        self.path = path
        reference = file.reference
        sha256 = file.sha256
        notes = file.notes + (sha256 == remembered.sha256 ? [] : [changed])
    }
}

extension Digest {
    /// Lowercase hexadecimal digits.
    var hexadecimal: String {
        map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0\(digits)" : digits
        }.joined()
    }
}
