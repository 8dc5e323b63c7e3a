import Foundation

/// A model directory: which system it is, its dimensions, and where its files lie.
///
/// Read from `model.json`; the fields are those of the design's model directory. Real official directories
/// need no such file: see `ModelDescription.recognized(in:)`.
public struct ModelDescription: Codable, Sendable, Equatable {
    public var system: String
    public var flux: FluxConfiguration?
    public var autoencoder: AutoEncoderConfiguration?
    public var text: TextLengths
    /// USO's style tokens; nil for the official ones.
    public var style: StyleConfiguration?
    public var files: Files
    public var defaults: Defaults

    /// Token counts of the text encoders.
    public struct TextLengths: Codable, Sendable, Equatable {
        public var t5MaxLength = 512
        public var clipMaxLength = 77

        enum CodingKeys: String, CodingKey, CaseIterable {
            case t5MaxLength = "t5_max_length"
            case clipMaxLength = "clip_max_length"
        }

        public init() {}

        /// - Throws: `FluxError.invalidConfiguration` for lengths that no encoder was made for.
        func validate() throws(FluxError) {
            for (name, length) in [(CodingKeys.t5MaxLength, t5MaxLength), (.clipMaxLength, clipMaxLength)] where !(2...4096).contains(length) {
                throw .invalidConfiguration("text.\(name.rawValue) is \(length)", expected: "2 to 4096 tokens")
            }
        }
    }

    /// File and directory names, relative to the directory of `model.json`.
    public struct Files: Codable, Sendable, Equatable {
        public var flux: String
        public var autoencoder: String
        public var t5: String
        public var clip: String
        /// A directory in diffusers' layout, which has what the four before do not name.
        public var diffusers: String?
        /// DreamO's main file, with its embeddings; its adapter is the first where the list does not name it.
        public var dreamo: String?
        public var loras: [Adapter]?
        /// USO's style projector.
        public var projector: String?
        /// Directory of the vision encoder that the projector reads.
        public var siglip: String?
        /// BEN2, which cuts DreamO's subjects and garments out of their background.
        public var backgroundRemover: String?
        /// RetinaFace and BiSeNet, which find and cut out DreamO's faces.
        public var faceDetector: String?
        public var faceParser: String?

        public init(
            flux: String, autoencoder: String, t5: String, clip: String, dreamo: String? = nil, loras: [Adapter]? = nil,
            projector: String? = nil, siglip: String? = nil
        ) {
            self.flux = flux
            self.autoencoder = autoencoder
            self.t5 = t5
            self.clip = clip
            self.dreamo = dreamo
            self.loras = loras
            self.projector = projector
            self.siglip = siglip
        }

        enum CodingKeys: String, CodingKey, CaseIterable {
            case flux, autoencoder, t5, clip, diffusers, dreamo, loras, projector, siglip
            case backgroundRemover = "background_remover"
            case faceDetector = "face_detector"
            case faceParser = "face_parser"
        }

        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            let diffusers = try values.decodeIfPresent(String.self, forKey: .diffusers)
            func name(_ key: CodingKeys, _ part: String) throws -> String {
                guard let diffusers else { return try values.decode(String.self, forKey: key) }
                return try values.decodeIfPresent(String.self, forKey: key) ?? (diffusers as NSString).appendingPathComponent(part)
            }
            flux = try name(.flux, "transformer")
            autoencoder = try name(.autoencoder, "vae")
            t5 = try name(.t5, "text_encoder_2")
            clip = try name(.clip, "text_encoder")
            self.diffusers = diffusers
            dreamo = try values.decodeIfPresent(String.self, forKey: .dreamo)
            loras = try values.decodeIfPresent([Adapter].self, forKey: .loras)
            projector = try values.decodeIfPresent(String.self, forKey: .projector)
            siglip = try values.decodeIfPresent(String.self, forKey: .siglip)
            backgroundRemover = try values.decodeIfPresent(String.self, forKey: .backgroundRemover)
            faceDetector = try values.decodeIfPresent(String.self, forKey: .faceDetector)
            faceParser = try values.decodeIfPresent(String.self, forKey: .faceParser)
        }

        /// All adapters, in the order in which they are attached.
        public var adapters: [Adapter] {
            let listed = loras ?? []
            guard let dreamo, !listed.contains(where: { $0.file == dreamo }) else { return listed }
            return [Adapter(file: dreamo)] + listed
        }
    }

    /// An adapter file and its strength.
    public struct Adapter: Codable, Sendable, Equatable {
        public var file: String
        public var weight: Double?

        public init(file: String, weight: Double? = nil) {
            self.file = file
            self.weight = weight
        }

        enum CodingKeys: String, CodingKey, CaseIterable {
            case file, weight
        }
    }

    /// What a request gets where it says nothing.
    public struct Defaults: Codable, Sendable, Equatable {
        public var width: Int?
        public var height: Int?
        public var steps: Int?
        public var guidance: Double?
        public var trueCFG: Double?
        public var negative: String?
        public var referenceSize: Int?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case width, height, steps, guidance, negative
            case trueCFG = "true_cfg"
            case referenceSize = "ref_size"
        }

        public init() {}
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case system, flux, autoencoder, text, style, files, defaults
    }

    /// Systems that this version runs.
    public static let systems = ["uno", "uso", "dreamo"]

    public init(system: String, files: Files) {
        self.system = system
        self.files = files
        text = TextLengths()
        defaults = Defaults()
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        system = try values.decode(String.self, forKey: .system)
        flux = try values.decodeIfPresent(FluxConfiguration.self, forKey: .flux)
        autoencoder = try values.decodeIfPresent(AutoEncoderConfiguration.self, forKey: .autoencoder)
        text = try values.decodeIfPresent(TextLengths.self, forKey: .text) ?? TextLengths()
        style = try values.decodeIfPresent(StyleConfiguration.self, forKey: .style)
        files = try values.decode(Files.self, forKey: .files)
        defaults = try values.decodeIfPresent(Defaults.self, forKey: .defaults) ?? Defaults()
    }
}
