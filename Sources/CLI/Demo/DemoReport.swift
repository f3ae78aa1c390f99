/// What a demonstration came to, and what to do next.
struct DemoReport {
    let plan: DemoPlan
    let results: [ExperimentResult]
    let verdicts: [String: DemoVerdict]
    /// The smallest p-value that the test without a difference has shown on the way, and at how many looks.
    let sameLooks: (leastP: Double?, looks: Int)
    let took: Duration

    /// Below this power it is no wonder that an experiment is not decided.
    private static let goodPower = 0.9

    /// What was not decided as it should be.
    var surprises: [String] {
        plan.experiments.compactMap { experiment in
            let verdict = verdicts[experiment.id]
            guard verdict != experiment.expected else { return nil }
            let found = verdict?.text ?? "not decided"
            return "\(experiment.id) is '\(found)', not '\(experiment.expected.text)'."
                + (plan.power < Self.goodPower
                    ? " So few viewers cannot tell: give more with --viewers."
                    : " Chance does that with some seeds: try another --seed.")
        }
    }

    var lines: [String] {
        var lines = zip(plan.experiments, results).map { experiment, result in
            "\(experiment.id): \(verdicts[experiment.id]?.text ?? "not decided"). \(explanation(experiment, result))"
        }
        if let leastP = sameLooks.leastP, let same = plan.experiments.first(where: { $0.scenario == .same }) {
            lines.append(
                "\(NumberText.count(sameLooks.looks, "look")) at \(same.id) showed no p below \(NumberText.pValue(leastP)): "
                    + "one may look as often as one likes."
            )
        }
        lines += surprises.map { "NOT AS EXPECTED: \($0)" }
        lines.append("Took \(NumberText.duration(took)).")
        return lines
    }

    private func explanation(_ experiment: DemoExperiment, _ result: ExperimentResult) -> String {
        let treatment = result[DemoExperiment.metric]?.treatments.first
        let lift = NumberText.change(percent: treatment?.lift)
        let p = NumberText.pValue(treatment?.pValue, log10: treatment?.log10PValue)
        switch verdicts[experiment.id] {
        case .winner: return "Lift \(lift), p = \(p); everybody gets it from now on."
        case .noDifference: return "p = \(p): what differs is no more than chance gives."
        case .doNotTrust:
            let ratio = NumberText.pValue(result.sampleRatio.pValue, log10: result.sampleRatio.log10PValue)
            return
                "It shows a lift of \(lift) with p = \(p), but arms of this size have p = \(ratio): viewers got lost."
        case .undecided, nil: return ""
        }
    }

    /// What to type next.
    static func next(_ plan: DemoPlan, _ connection: ConnectionOptions, place: String) -> [String] {
        let id = plan.experiments[0].id
        var lines = ["Next:"]
        if connection.database != nil || connection.data != nil || !place.hasPrefix("http") {
            let flag = connection.data.map { "--data \($0)" } ?? "--database '\(place)'"
            lines.append("  hookline experiments results \(id) \(flag)")
            lines.append("  hookline experiments import examples/hooks.csv --variant-name hook \(flag)")
            lines.append("  hookline serve \(flag)")
        } else {
            let file = connection.keyFile
            let flags = "--server \(place)" + (file.map { " --key-file \($0)" } ?? "")
            let key = file.map { "$(cat \($0))" } ?? "$HOOKLINE_KEY"
            lines.append("  hookline experiments results \(id) \(flags)")
            lines.append("  hookline experiments import examples/hooks.csv --variant-name hook \(flags)")
            lines.append("  curl -H \"Authorization: Bearer \(key)\" \(place)/v1/experiments/\(id)/results")
        }
        lines.append("In Swift: README.md, \"In a Swift server\".")
        return lines
    }
}
