import Foundation
import Synchronization

/// Shows how far work on many pictures is: one line that is drawn over, or a line now and then where the output is no terminal.
final class WorkProgress: Sendable {
    private let noun: String
    private let processCount: Int
    private let isShown: Bool
    private let last = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameters:
    ///   - noun: what is counted, "examples".
    ///   - rank: of this process; only the first of several shows anything.
    init(_ noun: String, rank: Int, of processCount: Int) {
        self.noun = noun
        self.processCount = processCount
        isShown = rank == 0
    }

    /// - Parameters:
    ///   - done: of the `count` of this process, those of earlier runs included.
    ///   - made: in this run, within `seconds`.
    func report(done: Int, of count: Int, made: Int, seconds: Double) {
        guard isShown else { return }
        let now = ContinuousClock.now
        let isDue = last.withLock { last in
            if let last, now - last < .seconds(Console.isTerminal ? 0.2 : 30), done < count { return false }
            last = now
            return true
        }
        guard isDue else { return }
        var text = "\(done)/\(count) \(noun)"
        if made > 0, seconds > 0 {
            let rate = Double(made) / seconds
            text += String(format: "  %.2f/s  ", rate) + TrainingProgress.duration(Double(count - done) / rate) + " left"
        }
        if processCount > 1 { text += ", in each of \(processCount) processes" }
        if Console.isTerminal { Console.redraw(text) } else { Console.remark(text) }
    }

    func ended() { if isShown, Console.isTerminal { Console.redraw("") } }
}
