public import Imaging

/// A conversation that a model is to go on with: what was said, the pictures shown, and how to answer.
public struct AnswerRequest: Sendable, Equatable {
    /// Earlier turns, answered, and the question that is open, last.
    public var turns: [Turn]
    /// The most tokens of the answer; a picture of 512 x 512 takes 1060.
    public var maxTokens = 1536
    /// 0 takes the likeliest token every time; above, tokens are drawn, the more evenly the higher.
    public var temperature = 0.0
    /// Seed of the draws.
    public var seed: UInt64 = 0
    /// How the answer's own pictures are drawn.
    public var drawing = DrawingOptions()
    /// Rows of a picture between two previews; nil makes none.
    public var previewInterval: Int?

    /// A question and what was answered.
    public struct Turn: Sendable, Equatable {
        public var question: String
        /// Pictures shown with the question, in order of its marks `<|image|>`; without marks they come first.
        public var pictures: [Picture]
        /// Nil where it is asked for.
        public var answer: Answer?

        public init(_ question: String, pictures: [Picture] = [], answer: Answer? = nil) {
            (self.question, self.pictures, self.answer) = (question, pictures, answer)
        }
    }

    /// A picture and what it is called in messages, usually its path.
    public struct Picture: Sendable, Equatable {
        public var name: String
        public var image: PixelImage

        public init(name: String, image: PixelImage) {
            (self.name, self.image) = (name, image)
        }
    }

    /// What was answered, as text or as the very tokens.
    public enum Answer: Sendable, Equatable {
        case text(String)
        /// As `AnswerResult.tokens` gives them, pictures included.
        case tokens([Int])
    }

    public init(turns: [Turn]) { self.turns = turns }
}

/// How a language model draws pictures. Values left nil take the model's own defaults.
public struct DrawingOptions: Sendable, Equatable {
    /// Scale of classifier-free guidance; 1 turns it off.
    public var cfg: Double?
    /// Among how many of the likeliest tokens one is drawn, in pictures and in text.
    public var imageTopK, textTopK: Int?
    /// Of tokens that are drawn; nil for the model's own.
    public var temperature: Double?
    public var grids: PictureGrids?
    /// Takes the likeliest token every time.
    public var isGreedy = false

    public init() {}
}

/// What happens while a model answers, in order; the last one is `finished`.
public enum AnswerEvent: Sendable {
    /// A part of the work begins.
    case began(Stage)
    /// A remark the person should see.
    case note(String)
    /// The conversation is read; tokens it has, pictures included.
    case read(tokens: Int)
    /// A token is chosen, and the text that it completes, which may be empty; tokens of pictures have none.
    case token(id: Int, text: String)
    /// A row of a picture is drawn; both numbers count from 1. The preview shows the rows so far, where one was asked for.
    case row(picture: Int, row: Int, of: Int, preview: PixelImage?)
    /// A picture, from 1, is whole.
    case picture(number: Int, image: PixelImage)
    case finished(AnswerResult)

    /// The parts of the work.
    public enum Stage: String, Sendable, Codable, CaseIterable {
        case loading, lookingAtPictures = "looking-at-pictures", reading, answering

        /// As a person reads it.
        public var description: String {
            switch self {
            case .loading: "Loading the model"
            case .lookingAtPictures: "Looking at the pictures"
            case .reading: "Reading the conversation"
            case .answering: "Answering"
            }
        }
    }
}

/// A whole answer.
public struct AnswerResult: Sendable {
    /// The text; each picture stands in it as `<|image|>`, and one that was not finished is left out.
    public let text: String
    public let pictures: [PixelImage]
    /// All tokens, with the one that ends the turn if it was reached.
    public let tokens: [Int]
    public let promptTokenCount: Int
    public let ending: Ending
    /// Wall seconds until the conversation was read, and for the answer.
    public let readingSeconds, answeringSeconds: Double

    /// Why an answer ends.
    public enum Ending: String, Sendable, Codable {
        /// The model ended its turn.
        case endOfTurn = "end-of-turn"
        /// The tokens allowed are used up.
        case maxTokens = "max-tokens"
        /// The picture asked for is drawn.
        case pictureDrawn = "picture-drawn"
    }

    public init(
        text: String, pictures: [PixelImage], tokens: [Int], promptTokenCount: Int, ending: Ending, readingSeconds: Double, answeringSeconds: Double
    ) {
        (self.text, self.pictures, self.tokens, self.promptTokenCount) = (text, pictures, tokens, promptTokenCount)
        (self.ending, self.readingSeconds, self.answeringSeconds) = (ending, readingSeconds, answeringSeconds)
    }
}

/// Answers conversations, one at a time.
public protocol Answerer: Sendable {
    /// The events of one answer. Ending the iteration, or cancelling its task, stops the work within a token.
    ///
    /// - Parameter dump: receives tokens and logits; nil records nothing.
    func answer(_ request: AnswerRequest, dump: DumpFile?) -> AsyncThrowingStream<AnswerEvent, any Error>
}
