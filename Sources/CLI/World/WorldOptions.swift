import ArgumentParser
import World

/// `NAME[:WEIGHT]`: a task, or a mixture of tasks.
struct TaskArgument: ExpressibleByArgument {
    let tasks: TaskWeights

    static let names = WorldTask.allCases.map(\.rawValue) + ["toys", "everything"]

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let weight = parts.count == 2 ? Double(parts[1]) : 1, weight > 0, weight.isFinite else { return nil }
        switch parts[0] {
        case "toys": tasks = TaskWeights.toys.scaled(by: weight)
        case "everything": tasks = TaskWeights.everything.scaled(by: weight)
        default:
            guard let task = WorldTask(rawValue: parts[0]) else { return nil }
            tasks = TaskWeights.only(task).scaled(by: weight)
        }
    }
}

extension TaskWeights {
    func scaled(by factor: Double) -> TaskWeights {
        WorldTask.allCases.reduce(into: TaskWeights()) { $0[$1] = self[$1] * factor }
    }

    /// Both mixtures in one, each as often as its weights say.
    func adding(_ other: TaskWeights) -> TaskWeights {
        WorldTask.allCases.reduce(into: self) { $0[$1] += other[$1] }
    }
}

/// Options that choose which part of the world is drawn.
struct WorldOptions: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "What examples ask for, with its weight; repeat for a mixture. Default: toys. (values: \(TaskArgument.names.joined(separator: ", ")))",
            valueName: "task[:weight]"))
    var task: [TaskArgument] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Style of the tasks with a style reference; repeat for more. Default: any. Without --task, the task is style.",
            valueName: "style"))
    var style: [PictureStyle] = []

    @Option(parsing: .unconditionalSingleValue, help: ArgumentHelp("Where scenes are; repeat for more. Default: anywhere.", valueName: "place"))
    var place: [Place] = []

    @Option(help: ArgumentHelp("Identities to draw from: train, or held-out, which never appear in train.", valueName: "split"))
    var split: WorldSplit = .train

    @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the whole world.", valueName: "n"))
    var seed: UInt64 = 0

    func validate() throws {
        guard style.isEmpty || tasks.style > 0 || tasks.styleOnly > 0 else {
            throw ValidationError("--style needs a task with a style reference. Add --task style, or leave --task out")
        }
    }

    private var tasks: TaskWeights {
        if task.isEmpty { return style.isEmpty ? .toys : .only(.style) }
        return task.reduce(TaskWeights()) { $0.adding($1.tasks) }
    }

    /// The world that the options describe; its own objections become those of the command line.
    func world(size: Int, referenceSize: Int?) throws -> PictureWorld {
        let settings = WorldSettings(
            pictureSize: size, referenceSize: referenceSize ?? size * 3 / 4, seed: seed, split: split, tasks: tasks, places: place,
            styles: style)
        do { return try PictureWorld(settings) } catch { throw ValidationError("\(error)") }
    }
}
