import ArgumentParser
import Foundation
import Generation

/// `[ROLE[#N]:]PATH`.
struct ReferenceArgument: Sendable {
    let role: Reference.Role
    let path: String
    /// The number by which the prompt's `[ref#N]` calls the picture; nil for its place.
    let slot: Int?

    init(role: Reference.Role, path: String, slot: Int? = nil) {
        self.role = role
        self.path = path
        self.slot = slot
    }

    /// A known role before a colon is a role, with a number or without; any other colon belongs to the path, unless the word is nearly a role.
    init(_ text: String) throws {
        guard !text.isEmpty else { throw ValidationError("expected the path of a picture") }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            self.init(role: .subject, path: text)
            return
        }
        let word = parts[0].split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if let role = Reference.Role(rawValue: word[0]) {
            guard !parts[1].isEmpty else { throw ValidationError("expected a path after '\(parts[0]):'") }
            let slot = word.count == 2 ? Int(word[1]) : nil
            guard word.count == 1 || slot != nil else { throw ValidationError("expected a number after '\(word[0])#', as in \(word[0])#2:PATH") }
            self.init(role: role, path: parts[1], slot: slot)
            return
        }
        let isWord = !parts[0].isEmpty && parts[0].allSatisfy(\.isLetter)
        if isWord, !FileManager.default.fileExists(atPath: text), FileManager.default.fileExists(atPath: parts[1]) {
            let roles = Reference.Role.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(parts[0])' is no role; expected \(roles)")
        }
        self.init(role: .subject, path: text)
    }
}

/// `FILE[:WEIGHT]`.
struct AdapterArgument: Sendable {
    let path: String
    let weight: Double

    init(path: String, weight: Double) {
        self.path = path
        self.weight = weight
    }

    /// What follows the last colon is a strength when it is a number.
    init(_ text: String) throws {
        guard let colon = text.lastIndex(of: ":"), let weight = Double(text[text.index(after: colon)...]) else {
            self.init(path: text, weight: 1)
            return
        }
        guard weight.isFinite, abs(weight) <= 100 else { throw ValidationError("the strength is \(weight); expected -100 to 100") }
        self.init(path: String(text[..<colon]), weight: weight)
    }
}

/// `FIRST:END`, steps from 0.
struct StepWindowArgument: Sendable {
    let steps: Range<Int>

    init(_ text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let first = parts[0], let end = parts[1], first >= 0, first <= end else {
            throw ValidationError("expected FIRST:END, the first step, counted from 0, and the one after the last, as in 1:4")
        }
        steps = first..<end
    }
}

extension PictureGrids {
    /// `HxW`, in squares of 32 pixels.
    init(argument text: String) throws {
        let sides = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, let height = sides[0], let width = sides[1] else {
            throw ValidationError("expected HEIGHTxWIDTH in squares of 32 pixels, as in 16x16")
        }
        self.init(height: height, width: width)
    }
}

/// A seed, or `-1` for any.
enum SeedArgument: Sendable {
    case random
    case value(UInt64)

    init(_ text: String) throws {
        if text == "-1" {
            self = .random
        } else if let value = UInt64(text) {
            self = .value(value)
        } else {
            throw ValidationError("expected a whole number from 0 to \(UInt64.max), or -1 for a random seed")
        }
    }

    var isRandom: Bool {
        if case .random = self { true } else { false }
    }

    /// The number, which is `random` where any will do.
    func number(or random: UInt32) -> UInt64 {
        switch self {
        case .random: UInt64(random)
        case .value(let value): value
        }
    }
}

/// A seed, or `mean`.
struct PosteriorArgument: Sendable {
    let sampling: PosteriorSampling

    init(_ text: String) throws {
        if text == "mean" {
            sampling = .mean
        } else if let seed = UInt64(text) {
            sampling = .seeded(seed)
        } else {
            throw ValidationError("expected a whole number from 0 to \(UInt64.max), or 'mean'")
        }
    }
}

/// `auto`, `cpu`, `cuda` or `cuda:N`.
struct DeviceArgument: Sendable {
    let choice: ExecutionOptions.DeviceChoice
    /// Whether one GPU of several was named.
    let namesIndex: Bool

    init(_ text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        namesIndex = parts.count == 2
        switch (parts.first, parts.count) {
        case ("auto", 1): choice = .auto
        case ("cpu", 1): choice = .cpu
        case ("cuda", 1): choice = .cuda(0)
        case ("cuda", 2):
            guard let index = Int(parts[1]), (0..<64).contains(index) else { fallthrough }
            choice = .cuda(index)
        default: throw ValidationError("expected auto, cpu, cuda or cuda:N with N from 0")
        }
    }
}

extension ExecutionOptions.DeviceChoice {
    /// As it is written on the command line.
    var text: String {
        switch self {
        case .auto: "auto"
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        }
    }
}
