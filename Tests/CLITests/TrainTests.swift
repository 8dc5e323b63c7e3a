import Foundation
import TestSupport
import Testing

/// `atelier train` as a person runs it, kills it and goes on.
@Suite(.serialized) struct TrainTests {
    private func train(_ world: TinyWorld, _ folder: String, _ more: [String] = []) throws -> [String] {
        try world.write("recipe.yaml", world.yaml)
        return ["train", world.path("recipe.yaml"), "-o", world.path(folder), "--set", "validate.every=0"] + more
    }

    @Test func aRunThatIsKilledAgainAndAgainEndsAsIfItNeverWas() throws {
        let world = try TinyWorld(), whole = try CommandRun(train(world, "whole", ["--set", "steps=30"]))
        #expect(whole.status == 0, "\(whole.errors)")
        #expect(whole.output.trimmingCharacters(in: .whitespacesAndNewlines).hasSuffix("whole/model"))
        let arguments = try train(world, "killed", ["--set", "steps=30", "--resume"])
        var kills = 0
        for attempt in 0..<8 {
            // A checkpoint is written every third step; the moment is drawn among the steps until the second one from here.
            let step = 3 * attempt + .random(in: 1...5)
            let run = try CommandRun(arguments, killedWhen: { (try? world.losses("killed").count) ?? 0 >= step })
            if run.status == 0 { break }
            kills += 1
        }
        let last = try CommandRun(arguments)
        #expect(last.status == 0, "\(last.errors)")
        #expect(kills > 0)
        #expect(try world.losses("whole") == world.losses("killed"))
        let names = try FileManager.default.contentsOfDirectory(atPath: world.path("killed/checkpoints"))
        #expect(names.sorted() == ["step-27", "step-30"])
    }

    @Test func interruptingSavesAndSaysSo() throws {
        let world = try TinyWorld()
        let run = try CommandRun(train(world, "run", ["--set", "steps=100000", "--set", "save.every=100000"]), interruptAfter: 2)
        #expect(run.status == 130, "\(run.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: world.path("run/checkpoints")).count == 1)
    }

    @Test func aFullDiskLeavesTheCheckpointBefore() throws {
        let world = try TinyWorld()
        #expect(try CommandRun(train(world, "run", ["--set", "steps=3"])).status == 0)
        let words = try train(world, "run", ["--set", "steps=9", "--resume"]).map { "'\($0)'" }.joined(separator: " ")
        // The limit on file sizes stands for the full disk: the same call fails in the same place.
        let full = try CommandRun(shell: "trap '' XFSZ; ulimit -f 40; exec \"$0\" \(words)")
        #expect(full.status == 1 && full.failure.contains("cannot be written") && !full.failure.contains(".."), "\(full.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: world.path("run/checkpoints"))
        #expect(names == ["step-3"])
        let last = try CommandRun(train(world, "run", ["--set", "steps=9", "--resume"]))
        #expect(last.status == 0 && last.errors.contains("continuing after step 3"), "\(last.errors)")
    }

    @Test(.enabled(if: CommandRun.hasOpenMPI, "Open MPI's mpirun is not installed"))
    func twoProcessesGiveTheLossesOfOneWithTwiceTheBatch() throws {
        let world = try TinyWorld(), same = ["--set", "data.world={one-subject: 1}"]
        let one = try CommandRun(train(world, "one", same + ["--set", "batch=4"]))
        #expect(one.status == 0, "\(one.errors)")
        let two = try CommandRun(processes: 2, train(world, "two", same + ["--set", "batch=2"]))
        #expect(two.status == 0, "\(two.errors)")
        let (a, b) = (try world.losses("one"), try world.losses("two"))
        #expect(a.count == 10 && b.count == 10)
        for (x, y) in zip(a, b) { #expect(abs(x - y) < 1e-4 * x, "\(x) and \(y)") }
    }

    @Test(.enabled(if: CommandRun.hasOpenMPI, "Open MPI's mpirun is not installed"))
    func aRunGoesOnWithAnotherNumberOfProcesses() throws {
        let world = try TinyWorld()
        #expect(try CommandRun(processes: 2, train(world, "run", ["--set", "steps=3"])).status == 0)
        let one = try CommandRun(train(world, "run", ["--set", "steps=6", "--resume"]))
        #expect(one.status == 0 && one.errors.contains("continuing after step 3"), "\(one.errors)")
        let three = try CommandRun(processes: 3, train(world, "run", ["--set", "steps=9", "--resume"]))
        #expect(three.status == 0 && three.errors.contains("continuing after step 6"), "\(three.errors)")
        #expect(try world.losses("run").count == 9)
    }

    @Test(.enabled(if: CommandRun.hasOpenMPI, "Open MPI's mpirun is not installed"))
    func aFailingProcessEndsAll() throws {
        let world = try TinyWorld()
        let run = try CommandRun(processes: 2, train(world, "run", ["--set", "data={json: nowhere.json}"]))
        #expect(run.status != 0 && run.errors.contains("nowhere.json"), "\(run.errors)")
    }

    @Test func devicesAreCheckedBeforeAnythingIsDone() throws {
        let world = try TinyWorld()
        let none = try CommandRun(train(world, "run", ["--device", "cuda:63"]))
        #expect(none.status == 2 && none.failure.contains("There is no CUDA device 63"), "\(none.errors)")
        let wrong = try CommandRun(train(world, "run", ["--device", "gpu"]))
        #expect(wrong.status == 2 && wrong.failure.contains("auto, cpu, cuda or cuda:N"), "\(wrong.errors)")
        #expect(!FileManager.default.fileExists(atPath: world.path("run")))
        #expect(try CommandRun(train(world, "run", ["--device", "cpu", "--set", "steps=1"])).status == 0)
    }

    @Test func wrongRecipesAreNamed() throws {
        let world = try TinyWorld()
        try world.write("typo.yaml", "model: m\noptimiser: {}\n")
        let typo = try CommandRun(["train", world.path("typo.yaml")])
        #expect(typo.status == 1 && typo.failure.contains("Did you mean 'optimizer'?"), "\(typo.errors)")
        #expect(try CommandRun(["train"]).status == 2)
        #expect(try CommandRun(["train", world.path("none.yaml")]).failure.contains("none.yaml"))
        let fields = try CommandRun(["train", "--fields"])
        #expect(fields.status == 0 && fields.output.contains("learning_rate: 1e-05"))
    }

    @Test func aDryRunShowsWhatWouldHappen() throws {
        let world = try TinyWorld()
        let run = try CommandRun(train(world, "run", ["--dry-run"]))
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("parameters in training") && run.output.contains("GiB") && run.output.contains("first-batch.png"))
        #expect(FileManager.default.fileExists(atPath: world.path("run/first-batch.png")))
        #expect(!FileManager.default.fileExists(atPath: world.path("run/metrics.jsonl")))
    }
}
