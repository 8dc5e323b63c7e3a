package import Flux
package import Generation
import Imaging

extension PictureSettings {
    /// What UNO makes of a request.
    ///
    /// - Throws: `RequestError` for values that UNO or this model cannot serve.
    package static func uno(_ request: GenerationRequest, _ description: ModelDescription) throws(RequestError) -> PictureSettings {
        let count = request.references.count
        try RoleSupport.check(request.references, for: "UNO")
        try request.checkHasNoDreamOValues(for: "UNO")
        try request.checkHasNoUniTokenValues(for: "UNO")
        guard !request.prompt.allSatisfy(\.isWhitespace) else {
            throw .invalid(name: "prompt", value: "empty", expected: "some words that say what the picture shows")
        }
        let keptSize = request.references.first?.image.size
        if request.keepsSize, keptSize == nil { throw .nothingToKeep }
        return try PictureSettings(
            request, description, side: 512, keptSize: request.keepsSize ? keptSize : nil,
            // The official program takes 512 for one reference and 320 for several.
            referenceSize: request.referenceSize ?? description.defaults.referenceSize ?? (count == 1 ? 512 : 320),
            notes: count > 4 ? ["UNO was trained with up to 4 references; \(count) may be kept less well."] : [])
    }
}
