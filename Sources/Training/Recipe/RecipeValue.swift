import Yams

/// A type that a field of a recipe can have.
protocol RecipeValue {
    init?(recipe node: Node)
    /// What a person should write: "a whole number".
    static var expectation: String { get }
    /// The value as YAML.
    var recipeText: String { get }
}

extension Int: RecipeValue {
    init?(recipe node: Node) {
        // Underscores group digits, as YAML allows.
        guard let text = node.scalar?.string, let value = Int(text.replacing("_", with: "")) else { return nil }
        self = value
    }
    static var expectation: String { "a whole number" }
    var recipeText: String { String(self) }
}

extension Double: RecipeValue {
    init?(recipe node: Node) {
        guard let text = node.scalar?.string, let value = Double(text.replacing("_", with: "")), value.isFinite else { return nil }
        self = value
    }
    static var expectation: String { "a number" }
    var recipeText: String { String(self) }
}

extension Bool: RecipeValue {
    init?(recipe node: Node) {
        guard let value = node.bool else { return nil }
        self = value
    }
    static var expectation: String { "true or false" }
    var recipeText: String { String(self) }
}

extension String: RecipeValue {
    init?(recipe node: Node) {
        guard let text = node.scalar?.string else { return nil }
        self = text
    }
    static var expectation: String { "a text" }
    var recipeText: String { "\"" + replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\"" }
}

extension Array: RecipeValue where Element: RecipeValue {
    init?(recipe node: Node) {
        // A single value stands for a list of one.
        guard let sequence = node.sequence else {
            guard let element = Element(recipe: node) else { return nil }
            self = [element]
            return
        }
        var values: [Element] = []
        for item in sequence {
            guard let value = Element(recipe: item) else { return nil }
            values.append(value)
        }
        self = values
    }
    static var expectation: String { "a list, each \(Element.expectation)" }
    var recipeText: String { "[" + map(\.recipeText).joined(separator: ", ") + "]" }
}

/// A choice among names.
protocol RecipeChoice: RecipeValue, RawRepresentable<String>, CaseIterable, Sendable {}

extension RecipeChoice {
    init?(recipe node: Node) {
        guard let text = node.scalar?.string, let value = Self(rawValue: text) else { return nil }
        self = value
    }
    static var expectation: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
    var recipeText: String { rawValue }
}
