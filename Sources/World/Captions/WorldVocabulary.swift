/// The words of the world, for making a tokenizer that knows each of them whole.
public struct WorldVocabulary: Sendable, Equatable {
    /// A word or a mark and how often it comes.
    public struct Entry: Sendable, Codable, Equatable {
        public let text: String
        /// Occurrences in `sampleCount` captions of each kind; one for words the world itself never says.
        public let count: Int
    }

    /// Words, the most frequent first, words of one frequency by the alphabet.
    public let words: [Entry]
    /// Marks that follow a word without a space: the comma and the like.
    public let marks: [Entry]

    /// Captions counted with references, and as many without.
    public static let sampleCount = 20_000

    /// Counts the words of all captions and questions. Takes about half a second.
    public init() {
        var counts: [Substring: Int] = [:]
        for sentence in Self.sentences() {
            for word in sentence.split(separator: " ") { counts[word, default: 0] += 1 }
        }
        var words: [String: Int] = [:]
        var marks: [String: Int] = [",": 1, ".": 1, "?": 1, "!": 1]
        for (word, count) in counts {
            var rest = word
            while let last = rest.last, marks[String(last)] != nil {
                marks[String(last), default: 0] += count
                rest = rest.dropLast()
            }
            if !rest.isEmpty { words[String(rest), default: 0] += count }
        }
        for word in Self.plainWords where words[word] == nil { words[word] = 1 }
        self.words = Self.ordered(words)
        self.marks = Self.ordered(marks)
    }

    private static func ordered(_ counts: [String: Int]) -> [Entry] {
        counts.map { Entry(text: $0.key, count: $0.value) }.sorted { ($1.count, $0.text) < ($0.count, $1.text) }
    }

    /// Captions as training sees them, with and without references.
    private static func sentences() -> [String] {
        let all = WordingChances(colour: 0.4, pattern: 0.3, accessory: 0.4)
        let settings = WorldSettings(tasks: .toys, plainWording: all, referenceWording: WordingChances(colour: 0.2))
        guard let world = try? PictureWorld(settings) else { return [] }
        return (0..<sampleCount).flatMap { world.captions(at: $0).prefix(2) } + sayings
    }

    /// What questions and captions of tasks beyond toys say, so that one tokenizer serves all of them.
    private static let sayings: [String] = [
        "a person in a room", "a portrait of a person", "a person is standing on the beach", "a photo of the person smiling",
        "a doll wearing a shirt", "a doll wearing a dress", "a doll in a jumper", "a doll in dungarees", "the doll wears the garment",
        "what kind of toy is on the left?", "what kind of toy is on the right?", "what kind of toy is in the middle?",
        "how many toys are there?", "where are the toys?", "where is the toy?", "what colour is the star?",
        "does the moon wear a hat?", "which toy is bigger?", "is the star to the left of the moon?", "what does the star wear?",
        "describe the picture.", "what is in the picture?", "yes", "no", "nothing", "the left one", "the right one", "both", "one", "two", "three",
    ]

    /// Words that people try, though the world's captions may not say them.
    private static let plainWords: [String] = [
        "red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink", "black", "white", "grey", "gray", "brown", "golden", "colourful",
        "cyan", "violet", "dark", "light", "bright", "big", "small", "large", "little", "tiny", "huge", "tall", "round", "happy", "sleepy", "cute", "funny",
        "a", "an", "the", "and", "or", "with", "without", "of", "in", "on", "at", "under", "over", "to", "by", "from", "for", "near", "behind", "between",
        "beside", "next", "left", "right", "middle", "front", "there", "is", "are", "it", "its", "this", "that", "these", "has", "have", "not",
        "photo", "picture", "image", "drawing", "painting", "photograph", "scene", "portrait", "cartoon", "style", "sketch", "close", "view",
        "toy", "toys", "star", "moon", "heart", "ball", "box", "flower", "bear", "bunny", "rabbit", "teddy", "cube", "hat", "crown", "bow", "antenna", "top",
        "plain", "striped", "stripes", "dotted", "dots", "checkered", "checks", "two-coloured", "halves", "belly", "spots", "pattern",
        "beach", "sea", "sand", "water", "forest", "tree", "trees", "city", "night", "snow", "winter", "desert", "cactus", "room", "house", "meadow",
        "grass", "space", "planet", "stars", "kitchen", "mountain", "mountains", "farm", "barn", "sun", "sky", "day", "world", "ground", "floor",
        "standing", "sitting", "wearing", "wears", "wear", "holding", "looking", "smiling", "playing", "face", "eye", "eyes", "mouth", "hair", "glasses",
        "person", "man", "woman", "boy", "girl", "people", "doll", "figure", "garment", "clothes", "shirt", "dress", "jumper", "dungarees", "collar",
        "sleeves", "old", "young", "long", "short", "curly", "smile", "angry", "sad", "surprised", "three", "four", "two", "one", "many", "some",
        "pencil", "watercolour", "pixel", "art", "mosaic", "blueprint", "neon", "halftone", "sepia", "flat", "line", "thick", "same", "other", "new",
        "can", "you", "i", "me", "my", "draw", "show", "make", "please", "than", "bigger", "smaller", "colour", "color", "which", "who", "why",
    ]
}
