package import Flux
package import Generation

extension PictureSettings {
    /// What USO makes of a request.
    ///
    /// - Throws: `RequestError` for values that USO or this model cannot serve.
    package static func uso(_ request: GenerationRequest, _ description: ModelDescription) throws(RequestError) -> PictureSettings {
        try RoleSupport.check(request.references, for: "USO")
        try request.checkHasNoDreamOValues(for: "USO")
        try request.checkHasNoUniTokenValues(for: "USO")
        try checkCounts(request, description)
        let referenceSize = request.referenceSize ?? description.defaults.referenceSize ?? 512
        let content = request.contentReference.map {
            ContentPicture($0, longSide: referenceSize, multiple: (description.autoencoder ?? .flux).pixelsPerToken)
        }
        if request.keepsSize, content == nil { throw .nothingToKeep }
        // An empty prompt keeps the layout of the content, so that it means nothing without one.
        let isIdle = request.prompt.allSatisfy(\.isWhitespace) && content == nil
        return try PictureSettings(
            request, description, side: 1024, keptSize: request.keepsSize ? content?.keptSize : nil, referenceSize: referenceSize,
            notes: isIdle ? ["The prompt is empty, and there is no subject or face whose layout that would keep."] : [])
    }

    private static func checkCounts(_ request: GenerationRequest, _ description: ModelDescription) throws(RequestError) {
        let contents = request.references.filter { $0.role != .style }, styles = request.styleReferences
        guard contents.count < 2 else {
            throw .unsupported(
                "USO keeps one subject or face, and \(contents.count) are given (\(contents.map(\.name).joined(separator: ", ")))",
                remedy: "Leave out all but one, or give --model a model of UNO (several subjects) or DreamO (subjects and faces).")
        }
        guard styles.count < 3 else {
            throw .unsupported(
                "USO takes one or two style pictures, and \(styles.count) are given (\(styles.map(\.name).joined(separator: ", ")))",
                remedy: "Leave out all but two.")
        }
        if let style = styles.first, description.files.projector == nil || description.files.siglip == nil {
            throw .unsupported(
                "This model takes no style (\(style.name)): its model.json lacks files.projector or files.siglip",
                remedy: "Add USO's projector.safetensors and the SigLIP directory, or leave out the style pictures.")
        }
    }
}

extension GenerationRequest {
    /// The picture whose subject or face is kept.
    package var contentReference: Reference? { references.first { $0.role != .style } }
    /// The pictures whose style is taken, in order.
    package var styleReferences: [Reference] { references.filter { $0.role == .style } }
}
