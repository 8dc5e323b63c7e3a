import Flux
import Yams

/// One field of a recipe, as it was read: for the resolved recipe and for the list of all fields.
public struct RecipeField: Sendable {
    /// Dotted path from the recipe's root, "optimizer.learning_rate".
    public let path: String
    /// The value in use, as YAML; empty for a section.
    public let value: String
    /// What it means.
    public let documentation: String
    /// Whether the value came from the recipe and not from the default.
    public let isGiven: Bool
    /// Whether fields below this one follow.
    public let isSection: Bool
}

/// Reads a mapping of a recipe field by field, and then refuses what nobody asked for.
///
/// A field's name, default and documentation stand in one place, the call that reads it.
final class RecipeReader {
    private let path: String
    private let nodes: [String: Node]
    private let log: Log
    private var known: [String] = []

    /// What was read, in order, over all sections.
    final class Log {
        fileprivate(set) var fields: [RecipeField] = []
    }

    /// - Throws: `TrainingError.recipe` where `node` is no mapping or repeats a key.
    init(_ node: Node?, path: String = "", log: Log = Log()) throws {
        self.path = path
        self.log = log
        guard let node, node.null == nil else {
            nodes = [:]
            return
        }
        guard let mapping = node.mapping else {
            throw TrainingError.recipe(field: path, problem: "is no section with fields", remedy: "Write the fields indented below it.")
        }
        var nodes: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = key.string else { continue }
            nodes[name] = value
        }
        self.nodes = nodes
    }

    var fields: [RecipeField] { log.fields }

    /// A field that may be absent.
    func optional<Value: RecipeValue>(_ name: String, _ documentation: String) throws -> Value? {
        let value: Value? = try read(name)
        record(name, value?.recipeText ?? "null", documentation, isGiven: value != nil)
        return value
    }

    /// A field with a default.
    func value<Value: RecipeValue>(_ name: String, default standard: Value, _ documentation: String) throws -> Value {
        let given: Value? = try read(name)
        let value = given ?? standard
        record(name, value.recipeText, documentation, isGiven: given != nil)
        return value
    }

    /// A number with a default, in bounds.
    func number<Value: RecipeValue & Comparable>(
        _ name: String, default standard: Value, in bounds: ClosedRange<Value>, _ documentation: String
    ) throws -> Value {
        let number = try value(name, default: standard, documentation)
        guard bounds.contains(number) else {
            throw TrainingError.recipe(
                field: full(name), problem: "is \(number.recipeText)",
                remedy: "Give a number from \(bounds.lowerBound.recipeText) to \(bounds.upperBound.recipeText).")
        }
        return number
    }

    /// A section; one that is absent is read as if it were empty.
    func section<Section>(_ name: String, _ documentation: String, _ read: (RecipeReader) throws -> Section) throws -> Section {
        log.fields.append(.init(path: full(name), value: "", documentation: documentation, isGiven: nodes[name] != nil, isSection: true))
        known.append(name)
        let reader = try RecipeReader(nodes[name], path: full(name), log: log)
        let section = try read(reader)
        try reader.finish()
        return section
    }

    /// A section that means something by being there; nil where it is absent, and then none of its fields are listed.
    func optionalSection<Section>(_ name: String, _ documentation: String, _ read: (RecipeReader) throws -> Section) throws -> Section? {
        known.append(name)
        return nodes[name] == nil ? nil : try section(name, documentation, read)
    }

    /// - Throws: `TrainingError.unknownField` with the nearest valid name.
    func finish() throws {
        guard let key = nodes.keys.sorted().first(where: { !known.contains($0) }) else { return }
        throw TrainingError.unknownField(full(key), nearest: NearestName.nearest(to: key, in: known).map(full), known: known)
    }

    private func read<Value: RecipeValue>(_ name: String) throws -> Value? {
        known.append(name)
        guard let node = nodes[name], node.null == nil else { return nil }
        guard let value = Value(recipe: node) else {
            throw TrainingError.recipe(
                field: full(name), problem: "is '\(node.recipeText)'", remedy: "Give \(Value.expectation).")
        }
        return value
    }

    private func record(_ name: String, _ value: String, _ documentation: String, isGiven: Bool) {
        log.fields.append(.init(path: full(name), value: value, documentation: documentation, isGiven: isGiven, isSection: false))
    }

    private func full(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}

extension Node {
    /// The value on one line, for messages.
    fileprivate var recipeText: String {
        if let string = scalar?.string { return string }
        if let sequence { return "[" + sequence.map(\.recipeText).joined(separator: ", ") + "]" }
        return "a section"
    }
}
