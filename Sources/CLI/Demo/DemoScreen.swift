/// What is shown while the demonstration runs.
struct DemoScreen: Sendable {
    let plan: DemoPlan

    /// Why the numbers may be read while they change.
    static let note = "These intervals hold however often one looks; each is decided once, when its plan is reached."

    func intro(place: String) -> [String] {
        let power = NumberText.fixed(plan.power * 100, digits: 1)
        return [
            "SIMULATION: \(NumberText.whole(plan.totalViewers)) invented viewers arrive at \(place) through the real API,",
            "in three experiments of \(NumberText.whole(plan.viewers)) each. That number was planned before:",
            "it finds a difference like the winner's in \(power) % of all tests.",
        ]
    }

    /// A line for each experiment, with as many columns as fit.
    ///
    /// - Parameters:
    ///   - results: in the plan's order; empty before the first look.
    ///   - verdicts: of those that are decided.
    func table(
        arrived: [Int],
        results: [ExperimentResult],
        verdicts: [String: DemoVerdict] = [:],
        width: Int? = nil
    ) -> Table {
        let shown = Column.allCases.filter { $0.minimumWidth <= width ?? .max }
        var table = Table(shown.map(\.column))
        for (index, experiment) in plan.experiments.enumerated() {
            let result = results.indices.contains(index) ? results[index] : nil
            let verdict = verdicts[experiment.id]
            let isMismatch = result?.sampleRatio.isMismatch ?? false
            let state = verdict?.text ?? (isMismatch ? "sample ratio!" : "not final")
            let line = Line(
                experiment: experiment,
                arrived: arrived[index],
                planned: plan.viewers,
                result: result,
                state: state
            )
            table.add(shown.map(line.cell), colour: verdict?.colour ?? (isMismatch ? .red : nil))
        }
        return table
    }

    private enum Column: CaseIterable {
        case experiment, truth, progress, control, treatment, lift, interval, p, state

        /// The narrowest terminal on which the column is shown.
        var minimumWidth: Int {
            switch self {
            case .experiment, .progress, .lift, .p, .state: 0
            case .control, .treatment: 90
            case .interval: 110
            case .truth: 130
            }
        }

        var column: Table.Column {
            switch self {
            case .experiment: .text("experiment")
            case .truth: .text("what is true (invented)", isElastic: true)
            case .progress: .text("planned")
            case .control: .number("control")
            case .treatment: .number("treatment")
            case .lift: .number("lift")
            case .interval: .number("95 % at any look")
            case .p: .number("p at any look")
            case .state: .text("")
            }
        }
    }

    private struct Line {
        let experiment: DemoExperiment
        let arrived: Int
        let planned: Int
        let result: ExperimentResult?
        let state: String

        func cell(_ column: Column) -> String {
            let rows = result?[DemoExperiment.metric]
            let treatment = rows?.treatments.first
            switch column {
            case .experiment: return experiment.id
            case .truth: return experiment.truth
            case .progress: return DemoScreen.bar(arrived, of: planned)
            case .control: return NumberText.whole(rows?.control?.n ?? 0)
            case .treatment: return NumberText.whole(treatment?.n ?? 0)
            case .lift: return NumberText.change(percent: treatment?.lift)
            case .interval: return ResultsTable.interval(treatment?.anytime.liftInterval)
            case .p: return NumberText.pValue(treatment?.anytime.pValue, log10: treatment?.anytime.log10PValue)
            case .state: return state
            }
        }
    }

    /// `[####......]  40 %`
    static func bar(_ done: Int, of planned: Int) -> String {
        let share = planned > 0 ? min(Double(done) / Double(planned), 1) : 1
        let filled = Int(share * Double(barWidth))
        let percent = String(Int(share * 100))
        let padding = String(repeating: " ", count: max(0, 3 - percent.count))
        return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: barWidth - filled) + "] "
            + padding + percent + " %"
    }

    private static let barWidth = 10
}

/// Draws the same lines again in the place where they are.
struct LiveLines {
    private var drawn = 0

    mutating func draw(_ lines: [String], on console: Console) {
        var text = drawn > 0 ? "\u{1B}[\(drawn)A\r\u{1B}[J" : ""
        for line in lines { text += line + "\n" }
        drawn = lines.count
        console.write(text)
    }
}
