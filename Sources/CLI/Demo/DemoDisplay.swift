import HooklinePrimitives
import Synchronization

/// Shows the looks at a running demonstration: in place on a terminal, else line after line.
final class DemoDisplay: Sendable {
    private struct State {
        var live = LiveLines()
        /// The smallest p-value that the test without a difference has shown on the way.
        var leastP: Double?
        var looks = 0
    }

    private let screen: DemoScreen
    private let console: Console
    private let state = Mutex(State())

    init(_ screen: DemoScreen, _ console: Console) {
        (self.screen, self.console) = (screen, console)
    }

    /// The time between two looks.
    var interval: Duration { console.isTerminal ? .milliseconds(500) : .seconds(5) }

    /// The smallest p-value that the test without a difference has shown on the way, and at how many looks.
    var sameLooks: (leastP: Double?, looks: Int) { state.withLock { ($0.leastP, $0.looks) } }

    func show(arrived: [Int], results: [ExperimentResult]) {
        draw(screen.table(arrived: arrived, results: results, width: console.columns()), below: DemoScreen.note)
        guard let same = screen.plan.experiments.firstIndex(where: { $0.scenario == .same }),
            results.indices.contains(same),
            let p = results[same][DemoExperiment.metric]?.treatments.first?.anytime.pValue
        else { return }
        state.withLock { $0.leastP = min($0.leastP ?? 1, p) }
    }

    func showFinal(arrived: [Int], results: [ExperimentResult], verdicts: [String: DemoVerdict]) {
        let table = screen.table(arrived: arrived, results: results, verdicts: verdicts, width: console.columns())
        draw(table, below: nil)
    }

    private func draw(_ table: Table, below note: String?) {
        let width = console.columns()
        var lines = table.lines(width: width, style: console.style, cutsLines: console.isTerminal)
        // A line that the terminal breaks would be two, of which one stays when they are drawn again.
        if let note { lines.append(console.style(.dim, note.cut(toWidth: width ?? .max))) }
        state.withLock { state in
            if console.isTerminal {
                state.live.draw(lines, on: console)
            } else {
                // Said once, the note need not stand between all the looks.
                if state.looks > 0, note != nil { lines.removeLast() }
                for line in lines { console.line(line) }
            }
            state.looks += 1
        }
    }
}
