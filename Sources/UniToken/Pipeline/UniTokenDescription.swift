import Foundation
public import Generation

/// What a UniToken directory's `model.json` says: where the files lie, and what a request gets where it says nothing.
public struct UniTokenDescription: Decodable, Sendable, Equatable {
    /// The name by which `model.json` tells this system.
    public static let system = "unitoken"

    /// Whether pictures are cut into tiles; nil leaves it to the checkpoint.
    public var isAnyResolution: Bool?
    public var files: Files
    public var defaults: Defaults

    /// File and directory names, relative to the directory of `model.json`.
    public struct Files: Decodable, Sendable, Equatable {
        /// Directory of language model, vision encoder and adapter, in Hugging Face layout, with the tokenizer of texts.
        public var languageModel: String
        /// Directory with the configuration of the vision encoder and of its pictures.
        public var siglip: String
        public var vqgan: String
        public var vqganConfiguration: String
        /// The tokenizer file that names the codes of pictures.
        public var vocabulary: String

        enum CodingKeys: String, CodingKey, CaseIterable {
            case siglip, vqgan, vocabulary
            case languageModel = "language_model"
            case vqganConfiguration = "vqgan_config"
        }
    }

    /// What a request gets where it says nothing.
    public struct Defaults: Decodable, Sendable, Equatable {
        public var cfg = 3.0
        public var imageTopK = 2000
        public var textTopK = 10
        public var temperature = 1.0
        public var grids = PictureGrids(height: 16, width: 16)

        enum CodingKeys: String, CodingKey, CaseIterable {
            case cfg, temperature, grids
            case imageTopK = "image_top_k"
            case textTopK = "text_top_k"
        }

        public init() {}

        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            cfg = try values.decodeIfPresent(Double.self, forKey: .cfg) ?? cfg
            imageTopK = try values.decodeIfPresent(Int.self, forKey: .imageTopK) ?? imageTopK
            textTopK = try values.decodeIfPresent(Int.self, forKey: .textTopK) ?? textTopK
            temperature = try values.decodeIfPresent(Double.self, forKey: .temperature) ?? temperature
            guard let sides = try values.decodeIfPresent([Int].self, forKey: .grids) else { return }
            guard sides.count == 2 else {
                throw DecodingError.dataCorruptedError(forKey: .grids, in: values, debugDescription: "'defaults.grids' holds \(sides.count) numbers; expected height and width")
            }
            grids = PictureGrids(height: sides[0], width: sides[1])
        }

        /// As a request's options.
        var options: DrawingOptions {
            var options = DrawingOptions()
            (options.cfg, options.temperature, options.grids) = (cfg, temperature, grids)
            (options.imageTopK, options.textTopK) = (imageTopK, textTopK)
            return options
        }
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case system, files, defaults
        case isAnyResolution = "anyres"
    }

    public init(isAnyResolution: Bool? = nil, files: Files, defaults: Defaults = Defaults()) {
        (self.isAnyResolution, self.files, self.defaults) = (isAnyResolution, files, defaults)
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        isAnyResolution = try values.decodeIfPresent(Bool.self, forKey: .isAnyResolution)
        files = try values.decode(Files.self, forKey: .files)
        defaults = try values.decodeIfPresent(Defaults.self, forKey: .defaults) ?? Defaults()
    }

    /// Keys that stand in a file and mean nothing, with their section.
    static func unknownKeys(in object: [String: Any]) -> [String] {
        func unknown<Key: CodingKey & CaseIterable>(_ section: String, _ keys: Key.Type) -> [String] {
            let values = section.isEmpty ? object : object[section] as? [String: Any] ?? [:]
            let known = Set(keys.allCases.map(\.stringValue))
            return values.keys.filter { !known.contains($0) }.sorted().map { section.isEmpty ? $0 : "\(section).\($0)" }
        }
        return unknown("", CodingKeys.self) + unknown("files", Files.CodingKeys.self) + unknown("defaults", Defaults.CodingKeys.self)
    }
}
