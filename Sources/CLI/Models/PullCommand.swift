import ArgumentParser
import Foundation
import ModelHub

/// `atelier models pull`: fetches model files.
struct PullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch a model from a hub, resumably and checked.",
        discussion: """
            NAME is 'uno' (everything that UNO needs, 34 GB, ready for generate --model), 'uso' (38 GB likewise), 'dreamo' (likewise, but for
            the two networks for faces: facexlib's detection_Resnet50_Final.pth and parsing_bisenet.pth) or a repository, owner/name or
            owner/name@revision. An interrupted pull continues where it was. FLUX.1-dev is gated: accept its licence on its page, and set
            HF_TOKEN to a token of that account.

            Examples:
              atelier models pull uno -o ~/models/uno
              atelier models pull openai/clip-vit-large-patch14 --include '*.json' -o clip
            """)

    @Argument(help: "'uno', 'uso', 'dreamo', or a repository of the hub.")
    var name: String

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Directory for the files. Default: the last word of NAME.", valueName: "dir"))
    var output: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Fetch only files whose path matches (* any text, ? one character); repeat for more.", valueName: "pattern"))
    var include: [String] = []

    @Option(help: ArgumentHelp("Address of the hub. Default: $ATELIER_HUB, else https://huggingface.co.", valueName: "url"))
    var hub: String?

    func run() async throws {
        let command = self
        try await interruptible { try await command.pull() }
    }

    private func pull() async throws {
        let environment = ProcessInfo.processInfo.environment
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let model: HubModel
        do { model = try HubModel.named(name) } catch { throw ValidationError("\(error)") }
        let hub = try ModelHub(
            address: hub ?? variable("ATELIER_HUB") ?? "https://huggingface.co", token: variable("ATELIER_TOKEN") ?? variable("HF_TOKEN"))
        let last = name.split(separator: "@")[0].split(separator: "/").last.map(String.init) ?? name
        try await hub.pull(model, into: output ?? last, include: include, progress: PullProgress(redraws: Console.isTerminal).report)
    }
}

/// Shows a pull as it goes on.
struct PullProgress: Sendable {
    /// Whether progress within a file is drawn over one line of a terminal.
    let redraws: Bool

    func report(_ event: PullEvent) {
        switch event {
        case .listed(let files, let bytes): line("\(files) files, \(Size.text(bytes))")
        case .present(let file, _): line("\(file) is there")
        case .began(let file, let bytes): line("\(file), \(Size.text(bytes))")
        case .resumed(let file, let from, let total): line("\(file), continued at \(Size.text(from)) of \(Size.text(total))")
        case .progress(let file, let done, let total):
            if redraws { Console.redraw("\(file)  \(100 * done / max(total, 1)) %  \(Size.text(done)) of \(Size.text(total))") }
        case .verifying(let file, let bytes): line("Taking the checksum of \(file), \(Size.text(bytes))")
        case .verified(let file): line("\(file) is complete")
        case .retrying(let file, let reason, let seconds): line(String(format: "%@: %@; trying again in %.0f s", file, reason, seconds))
        case .finished(let directory):
            if redraws { Console.redraw("") }
            Console.print(directory)
        }
    }

    private func line(_ text: String) {
        if redraws { Console.redraw("") }
        Console.remark(text)
    }
}
