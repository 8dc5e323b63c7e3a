import Foundation

/// Refuses unknown keys in a `model.json`: a misspelt one would otherwise be a silent default.
enum ModelDescriptionKeys {
    /// An unknown key with its place, and the valid name nearest to it.
    struct Unknown: Error, CustomStringConvertible {
        let key: String
        let nearest: String?

        var description: String {
            "unknown key '\(key)'" + (nearest.map { ", the nearest known one is '\($0)'" } ?? "")
        }
    }

    private static let sections: [String: [String]] = [
        "": names(ModelDescription.CodingKeys.self),
        "flux": names(FluxConfiguration.CodingKeys.self),
        "autoencoder": names(AutoEncoderConfiguration.CodingKeys.self),
        "text": names(ModelDescription.TextLengths.CodingKeys.self),
        "style": names(StyleConfiguration.CodingKeys.self),
        "files": names(ModelDescription.Files.CodingKeys.self),
        "defaults": names(ModelDescription.Defaults.CodingKeys.self),
    ]

    /// Keys that belong to some systems only, with their names.
    private static let keysOfSystems: [String: [String]] = [
        "style": ["uso"], "files.projector": ["uso"], "files.siglip": ["uso"], "files.dreamo": ["dreamo"],
        "files.background_remover": ["dreamo"], "files.face_detector": ["dreamo"], "files.face_parser": ["dreamo"],
    ]

    /// - Throws: `Unknown`, or an error of the JSON parser. Descriptions of other systems are left to their own check.
    static func check(_ data: Data) throws {
        guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else { return }
        let system = object["system"] as? String ?? ""
        guard ModelDescription.systems.contains(system) else { return }
        for (section, names) in sections {
            func path(_ key: String) -> String { section.isEmpty ? key : "\(section).\(key)" }
            let valid = names.filter { keysOfSystems[path($0)]?.contains(system) ?? true }
            let values = section.isEmpty ? object : object[section] as? [String: Any] ?? [:]
            if let key = values.keys.sorted().first(where: { !valid.contains($0) }) {
                throw Unknown(key: path(key), nearest: NearestName.nearest(to: key, in: valid))
            }
        }
    }

    /// What a decoding error means to the person who wrote the file.
    static func text(of error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            "'\(path(context.codingPath + [key]))' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.codingPath.isEmpty ? "expected a JSON object" : "'\(path(context.codingPath))' has the wrong type"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? "it is not valid JSON" : "'\(path(context.codingPath))' is not valid"
        @unknown default:
            "it cannot be read"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String { keys.map(\.stringValue).joined(separator: ".") }

    private static func names<Key: CodingKey & CaseIterable>(_ keys: Key.Type) -> [String] { keys.allCases.map(\.stringValue) }
}
