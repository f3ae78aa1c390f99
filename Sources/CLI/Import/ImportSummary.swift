import HooklinePrimitives

/// What an import came to.
struct ImportSummary {
    let sheet: ImportSheet
    let tally: ImportTally
    let results: AdjustedResults
    let metric: String
    let took: Duration
    /// Whether the results count everything.
    let isCounted: Bool

    /// So many refusals are shown; the others are counted.
    static let shownRefusals = 10

    func show(as format: OutputOptions.Format, on console: Console) {
        guard format == .table else { return console.show(json) }
        let shown = tally.refused.prefix(Self.shownRefusals)
        for (id, problem) in shown { console.note("refused \(id): \(problem)") }
        if tally.refused.count > shown.count {
            console.note("and \(NumberText.whole(tally.refused.count - shown.count)) more; --format json lists all")
        }
        console.line(
            "\(NumberText.count(sheet.records, "record")) of \(NumberText.count(sheet.experiments.count, "experiment")): "
                + "\(NumberText.whole(tally.imported)) imported, \(NumberText.whole(tally.unchanged)) unchanged, "
                + "\(NumberText.whole(tally.refused.count)) refused, in \(NumberText.duration(took))"
        )
        if !isCounted { console.note("Not everything is counted yet: the numbers below will grow.") }
        console.show([
            ("tests", "\(NumberText.whole(results.tests))  (each treatment against its control, \(metric))"),
            ("below 5 % alone", NumberText.whole(results.significantAlone)),
            ("below 5 % adjusted", "\(NumberText.whole(results.significantAdjusted))  (Benjamini-Hochberg)"),
            ("not testable", NumberText.whole(results.notTestable)),
            (
                "sample-ratio mismatches",
                "\(NumberText.whole(results.mismatches))  (p < 0.001: their numbers are not to be trusted)"
            ),
        ])
    }

    private var json: JSON {
        [
            "records": JSON(sheet.records),
            "experiments": JSON(sheet.experiments.count),
            "imported": JSON(tally.imported),
            "unchanged": JSON(tally.unchanged),
            "refused": .array(tally.refused.map { ["id": .string($0.id), "problem": .string($0.problem)] }),
            "metric": .string(metric),
            "tests": JSON(results.tests),
            "significant": JSON(results.significantAlone),
            "significant_adjusted": JSON(results.significantAdjusted),
            "not_testable": JSON(results.notTestable),
            "sample_ratio_mismatches": JSON(results.mismatches),
            "complete": .bool(isCounted),
            "seconds": JSON(took / .seconds(1)),
        ]
    }
}
