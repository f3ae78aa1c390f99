/// Results as comma-separated values (RFC 4180): a record for each variant of each metric.
enum ResultsCSV {
    static let columns = [
        "experiment_id", "name", "state", "version", "final", "metric", "kind", "variant", "is_control", "n", "mean",
        "sd", "control_mean", "difference", "difference_low", "difference_high", "lift_percent", "lift_low",
        "lift_high",
        "p_value", "p_value_adjusted", "significant", "anytime_p_value", "anytime_lift_low", "anytime_lift_high",
        "anytime_significant", "not_testable", "sample_ratio", "sample_ratio_p_value",
    ]

    static func show(_ adjusted: AdjustedResults, on console: Console) {
        console.write(record(columns))
        for result in adjusted.results {
            for metric in result.metrics {
                for row in metric.variants { console.write(record(fields(result, metric, row))) }
            }
        }
    }

    private static func fields(
        _ result: ExperimentResult,
        _ metric: ExperimentResult.MetricRows,
        _ row: VariantRow
    ) -> [String] {
        [
            result.id, result.name, result.state, "\(result.version)", "\(result.isFinal)", metric.metric, metric.kind,
            row.variant, "\(row.isControl)", "\(row.n)", text(row.mean), text(row.standardDeviation),
            text(row.controlMean), text(row.difference), text(row.interval?.low), text(row.interval?.high),
            text(row.lift), text(row.liftInterval?.low), text(row.liftInterval?.high), text(row.pValue),
            text(row.adjustedPValue), row.pValue == nil ? "" : "\(row.isSignificant)", text(row.anytime.pValue),
            text(row.anytime.liftInterval?.low), text(row.anytime.liftInterval?.high),
            row.anytime.pValue == nil ? "" : "\(row.anytime.isSignificant)", row.notTestable ?? "",
            result.sampleRatio.status, text(result.sampleRatio.pValue),
        ]
    }

    /// With every digit that the server sent; nothing for nil.
    private static func text(_ number: Double?) -> String { number.map { "\($0)" } ?? "" }

    /// A record with its end.
    static func record(_ fields: [String]) -> String {
        fields.map(quoted).joined(separator: ",") + "\r\n"
    }

    private static func quoted(_ field: String) -> String {
        let special = field.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        return special ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
    }
}
