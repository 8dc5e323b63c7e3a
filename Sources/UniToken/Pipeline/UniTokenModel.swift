import Checkpoints
import Foundation
public import Generation
package import Tokenizers
public import Torch
import Imaging
import VisionModels

/// The networks and vocabularies of a UniToken directory, loaded and checked against each other.
///
/// Confined to the thread that made it, as tensors are.
public struct UniTokenModel {
    public let directory: UniTokenDirectory
    /// The form in which the weights of the language model's layers stay.
    public let weights: WeightForm
    package let language: ChameleonModel
    package let continuous: ContinuousEncoder
    package let vqgan: VQAutoEncoder
    package let tokenizer: ByteLevelTokenizer
    package let tokens: PictureTokens
    /// All weights, by the keys of their files.
    public let parameters: [(path: String, tensor: Tensor)]
    /// Tokens of pictures, bool `[vocabulary]`.
    package let pictureMask: Tensor

    /// `config.json` of a Chameleon model holds its whole vocabulary.
    static let configurationLimit = 32 << 20
    /// What checkpoints hold besides; UniToken deletes Hugging Face's picture tokenizer before it trains.
    private static let ignoredKeys = ["model.vqmodel."]

    /// - Parameters:
    ///   - dtype: of language model, vision encoder and adapter, nil for that of the file; the picture tokenizer works in float32.
    ///   - weights: the form in which the weights of the language model's layers stay.
    /// - Throws: errors of the files, naming every missing, misshapen or unexpected tensor before anything is computed.
    public init(_ directory: UniTokenDirectory, dtype: DType?, weights: WeightForm = .loaded, device: Device = .cpu) throws {
        let files = directory.description.files, folder = directory.file(files.languageModel)
        let configuration = try Self.configuration(directory)
        self.directory = directory
        self.weights = weights
        tokenizer = try ByteLevelTokenizer(path: folder, adding: [SpecialTokens.markText])
        let special = try SpecialTokens(tokenizer, file: "\(folder)/tokenizer.json")
        let vqConfiguration = try VQConfiguration(path: directory.file(files.vqganConfiguration))
        let vocabulary = try PictureVocabulary(path: directory.file(files.vocabulary), codeCount: vqConfiguration.codeCount)
        tokens = PictureTokens(special, vocabulary, pixelsPerCode: vqConfiguration.pixelsPerCode)
        try Self.check(tokenizer, tokens, configuration, directory)

        let siglip = directory.file(files.siglip)
        let vision = try SigLIPDirectory.configuration(siglip), preprocessing = try SigLIPDirectory.preprocessing(siglip)
        guard preprocessing.size.width == preprocessing.size.height, preprocessing.size.width >= vision.patchSize else {
            throw UniTokenError.configuration("\(siglip)/preprocessor_config.json", problem: "its pictures are \(preprocessing.size); expected squares of at least a patch")
        }
        // Forms and storages have the same names, but for numbers, which a coded file keeps coded.
        let storage = WeightStorage(rawValue: weights.rawValue) ?? .coded
        let networks = try ParameterScope.load(
            Checkpoint.open(folder), dtype: dtype, device: device, storage: storage, of: ["model.layers."], ignoring: Self.ignoredKeys
        ) { scope in
            let isAnyResolution = directory.description.isAnyResolution ?? configuration.isAnyResolution
            return try (
                ChameleonModel(configuration, at: scope),
                ContinuousEncoder(vision, preprocessing, isAnyResolution: isAnyResolution, width: configuration.hiddenSize, at: scope))
        }
        (language, continuous) = networks.model
        let pictures = try VQAutoEncoder.load(directory.file(files.vqgan), vqConfiguration, device: device)
        vqgan = pictures.model
        parameters = networks.parameters.parameters + pictures.parameters.parameters
        var mask = [Bool](repeating: false, count: configuration.vocabularySize)
        for id in vocabulary.tokens { mask[id] = true }
        pictureMask = try Tensor(mask).to(device)
    }

    /// The dimensions of a directory's language model.
    ///
    /// - Throws: `UniTokenError.configuration`.
    static func configuration(_ directory: UniTokenDirectory) throws(UniTokenError) -> ChameleonConfiguration {
        let file = (directory.file(directory.description.files.languageModel) as NSString).appendingPathComponent("config.json")
        do {
            return try ConfigurationFile.decoded(ChameleonConfiguration.self, at: file, byteLimit: configurationLimit)
        } catch { throw .configuration(file, problem: error.text) }
    }

    /// Checks that tokenizer, picture vocabulary and weights speak of the same ids.
    private static func check(
        _ tokenizer: ByteLevelTokenizer, _ tokens: PictureTokens, _ configuration: ChameleonConfiguration, _ directory: UniTokenDirectory
    ) throws(UniTokenError) {
        let files = directory.description.files, count = configuration.vocabularySize
        // The mark is the last id, and no row of the model's.
        let known = tokens.special.mark == tokenizer.vocabularySize - 1 ? tokens.special.mark : tokenizer.vocabularySize
        // Tables may be padded to a multiple that suits the hardware.
        guard known <= count, count - known < 256 else {
            throw .vocabulary(file: directory.file(files.languageModel), problem: "its tokenizer has \(known) tokens and its weights \(count)")
        }
        for (code, id) in tokens.vocabulary.tokens.enumerated() {
            let name = PictureVocabulary.name(code)
            guard id < count, tokenizer.id(of: name).map({ $0 == id }) ?? true else {
                throw .vocabulary(
                    file: directory.file(files.vocabulary), problem: "'\(name)' is \(id), which the checkpoint's \(count) tokens have elsewhere or not at all")
            }
        }
        guard SpecialTokens.gridSide.isMultiple(of: tokens.pixelsPerCode) else {
            throw .configuration(directory.file(files.vqganConfiguration), problem: "a code covers \(tokens.pixelsPerCode) pixels; expected a divisor of \(SpecialTokens.gridSide)")
        }
    }
}
