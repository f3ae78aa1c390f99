/// The tables of results.
enum ResultsTable {
    /// One experiment: a table for each metric, with what to know about it.
    static func show(_ result: ExperimentResult, of adjusted: AdjustedResults, on console: Console) {
        let name = result.name == result.id ? "" : "  \(result.name.withoutControls)"
        console.line("\(console.style(.bold, result.id.withoutControls))\(name)")
        console.line(summary(of: result, console.style))
        if let decision = result.decision {
            console.line(
                "\(console.style(.bold, decision.text.withoutControls)): \(decision.reasons.joined(separator: " ").withoutControls)"
            )
        }
        // What the decision says already is not said again.
        for warning in result.trust where result.decision?.reasons.contains(warning.text) != true {
            console.line(console.style(.yellow, "\(warning.text) Check: \(warning.check)".withoutControls))
        }
        for metric in result.metrics {
            console.line()
            show(metric, on: console)
        }
        if result.metrics.isEmpty { console.line("No metric has been measured yet.") }
        console.line()
        explain(adjusted, on: console)
    }

    private static func show(_ metric: ExperimentResult.MetricRows, on console: Console) {
        let marks = [
            metric.kind, metric.role == "goal" ? nil : metric.role, metric.isAddedLater ? "added later" : nil,
            metric.isBeingBuilt ? "being built" : nil,
        ]
        let text = marks.compactMap(\.self).joined(separator: ", ")
        console.line("\(console.style(.bold, metric.metric.withoutControls)) (\(text))")
        console.show(table(of: metric.variants))
        for row in metric.treatments {
            if let reason = row.notTestable { console.line("\(row.variant.withoutControls): \(reason)") }
        }
        let adjusted = metric.variants.compactMap { row in
            row.adjustedMean.map { "\(row.variant.withoutControls) \(NumberText.significant($0))" }
        }
        if !adjusted.isEmpty {
            console.line(
                "The lift compares the means as adjusted by the covariate: \(adjusted.joined(separator: ", "))."
            )
        }
        if metric.openUnits > 0 {
            console.line(
                "\(NumberText.whole(metric.openUnits)) with open windows are \(metric.includesOpen ? "counted" : "not counted")."
            )
        }
        for warning in metric.warnings { console.line(console.style(.yellow, warning)) }
        for slice in metric.slices {
            console.line("\(slice.name.withoutControls):")
            console.show(table(of: slice.variants))
        }
    }

    private static func summary(of result: ExperimentResult, _ style: Style) -> String {
        let ratio = result.sampleRatio
        let finality = result.isFinal ? "final" : "not final"
        let text = "\(result.state), version \(result.version), \(finality); sample ratio "
        return text + style(ratio.isMismatch ? .red : nil, ratio.text) + ", \(result.plannedRead)"
            + (ratio.isMismatch ? style(.red, ": do not trust these numbers") : "")
    }

    /// What holds once is shown when it was read.
    private static func table(of rows: [VariantRow]) -> Table {
        let isRead = rows.contains { $0.pValue != nil }
        var columns: [Table.Column] = [
            .text("variant", isElastic: true), .number("n"), .number("mean"), .number("lift"),
            .number("interval at any look"), .number("p at any look"),
        ]
        if isRead { columns += [.number("planned interval"), .number("p"), .number("p adjusted")] }
        var table = Table(columns + [.text("")])
        for row in rows {
            let compared = [
                NumberText.change(percent: row.lift), interval(row.anytime.liftInterval),
                NumberText.pValue(row.anytime.pValue, log10: row.anytime.log10PValue),
            ]
            let planned = [
                interval(row.liftInterval), NumberText.pValue(row.pValue, log10: row.log10PValue),
                NumberText.pValue(row.adjustedPValue),
            ]
            table.add(
                [row.variant, NumberText.whole(row.n), NumberText.significant(row.mean)]
                    + (row.isControl ? ["control", "", ""] : compared)
                    + (isRead ? (row.isControl ? ["", "", ""] : planned) : []) + [verdict(row)],
                colour: colour(row)
            )
        }
        return table
    }

    /// Many experiments: a line for each comparison.
    static func show(_ adjusted: AdjustedResults, on console: Console) {
        var table = Table([
            .text("experiment", isElastic: true), .text("metric", isElastic: true), .text("variant", isElastic: true),
            .number("n"), .number("mean"), .number("lift"), .number("p at any look"), .number("planned interval"),
            .number("p"), .number("p adjusted"), .text(""),
        ])
        for result in adjusted.results {
            for metric in result.metrics {
                for row in metric.treatments {
                    table.add(
                        [
                            result.id, metric.metric, row.variant, NumberText.whole(row.n),
                            NumberText.significant(row.mean), NumberText.change(percent: row.lift),
                            NumberText.pValue(row.anytime.pValue, log10: row.anytime.log10PValue),
                            interval(row.liftInterval), NumberText.pValue(row.pValue, log10: row.log10PValue),
                            NumberText.pValue(row.adjustedPValue),
                            result.sampleRatio.isMismatch ? "sample ratio!" : verdict(row),
                        ],
                        colour: result.sampleRatio.isMismatch ? .red : colour(row)
                    )
                }
            }
        }
        guard !adjusted.results.isEmpty else { return console.line("There are no experiments.") }
        console.show(table)
        console.line()
        console.line(
            "\(NumberText.count(adjusted.results.count, "experiment")); \(NumberText.count(adjusted.tests, "test")), "
                + "\(NumberText.whole(adjusted.significantAlone)) below 5 % alone, "
                + "\(NumberText.whole(adjusted.significantAdjusted)) after the adjustment; "
                + NumberText.count(adjusted.mismatches, "sample-ratio mismatch", plural: "sample-ratio mismatches")
        )
        explain(adjusted, on: console)
    }

    private static func explain(_ adjusted: AdjustedResults, on console: Console) {
        let anytime = "What holds at any look may be read as often as one likes; p and its interval once, as planned."
        console.line(console.style(.dim, anytime))
        guard adjusted.tests > 0 else { return }
        let adjustment = "p adjusted: \(adjusted.adjustment.text(tests: adjusted.tests))."
        console.line(console.style(.dim, adjustment))
    }

    static func interval(_ interval: VariantRow.Interval?) -> String {
        guard let interval else { return "-" }
        return "\(NumberText.change(percent: interval.low)) .. \(NumberText.change(percent: interval.high))"
    }

    private static func verdict(_ row: VariantRow) -> String {
        if row.isHalted { return "halted" }
        if let guardrail = row.guardrail { return "guardrail \(guardrail)" }
        guard !row.isControl else { return "" }
        guard let adjusted = row.adjustedPValue else {
            if row.notTestable != nil { return "not testable" }
            return row.anytime.isSignificant ? "significant at any look" : ""
        }
        if adjusted < AdjustedResults.level { return "significant" }
        return row.isSignificant ? "only alone" : ""
    }

    private static func colour(_ row: VariantRow) -> Style.Colour? {
        let isSignificant = row.adjustedPValue.map { $0 < AdjustedResults.level } ?? row.anytime.isSignificant
        guard isSignificant else { return nil }
        return (row.difference ?? 0) > 0 ? .green : .yellow
    }
}
