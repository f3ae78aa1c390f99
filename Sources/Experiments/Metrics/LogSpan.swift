import HooklinePrimitives

/// How long the log keeps events. What a metric counts must not lie further from an exposure: an experiment may be over, and
/// its log gone, before the windows are.
///
/// Asked for what somebody defines, and never for what is kept: the log may be kept for a shorter time later on.
struct LogSpan: Sendable {
    /// Nil for ever.
    let milliseconds: Int64?

    /// Those that are `known` are measured already, and may go on to be.
    func check(_ metrics: [Metric], besides known: [Metric] = []) throws(ExperimentError) {
        for (index, metric) in metrics.enumerated() where !known.contains(metric) {
            try check(metric, "metrics[\(index)]")
        }
    }

    /// - Parameter field: the path of the metric, for errors; empty for a body of its own.
    /// - Throws: `ExperimentError.invalid`, naming the field, or the use where the metric is a named one.
    func check(_ metric: Metric, _ field: String) throws(ExperimentError) {
        guard let milliseconds, let (member, problem) = excess(of: metric, over: milliseconds) else { return }
        let path = field.isEmpty ? "" : field + "."
        guard let source = metric.source else { throw .invalid(field: path + member, problem: problem) }
        throw .invalid(field: "\(path)use", problem: "is '\(source.id)', whose \(member) \(problem)")
    }

    /// The field that reaches too far, and what is wrong with it.
    private func excess(of metric: Metric, over limit: Int64) -> (field: String, problem: String)? {
        let kept = "the log keeps events for \(Self.text(limit)), so accepted are at most"
        let seconds = "\(kept) \(Self.number(limit, per: 1000))"
        let days = "\(kept) \(Self.number(limit, per: Day.milliseconds))"
        if let window = metric.windowMilliseconds, metric.delayMilliseconds + window > limit {
            let end = Self.number(metric.delayMilliseconds + window, per: 1000)
            return ("window_seconds", "ends \(end) seconds after the exposure; \(seconds)")
        }
        if metric.delayMilliseconds > limit {
            return ("delay_seconds", "is \(Self.number(metric.delayMilliseconds, per: 1000)); \(seconds)")
        }
        if case .retention(_, _, let untilDay) = metric.measurement, Int64(untilDay) * Day.milliseconds > limit {
            return ("until_day", "is \(untilDay); \(days)")
        }
        if let lookBack = metric.covariate?.lookBackMilliseconds, lookBack > limit {
            return ("covariate.days", "is \(Self.number(lookBack, per: Day.milliseconds)); \(days)")
        }
        return nil
    }

    private static func number(_ milliseconds: Int64, per unit: Int64) -> String {
        let (whole, rest) = milliseconds.quotientAndRemainder(dividingBy: unit)
        return rest == 0 ? "\(whole)" : "\(Double(milliseconds) / Double(unit))"
    }

    /// `30 days`, or in the largest smaller unit that it is a whole number of.
    private static func text(_ milliseconds: Int64) -> String {
        let units: [(name: String, milliseconds: Int64)] = [
            ("day", Day.milliseconds), ("hour", 3_600_000), ("minute", 60_000),
        ]
        guard let unit = units.first(where: { milliseconds % $0.milliseconds == 0 }) else {
            return "\(number(milliseconds, per: 1000)) seconds"
        }
        let count = milliseconds / unit.milliseconds
        return "\(count) \(unit.name)\(count == 1 ? "" : "s")"
    }
}
