import HooklinePrimitives

/// What a metric must keep to.
public enum MetricRules {
    public static let maximumNameBytes = 128
    public static let maximumPropertyBytes = 128
    /// Ten years: longer windows are mistakes of unit.
    public static let maximumWindowMilliseconds: Int64 = 315_360_000_000
    public static let maximumDays = 3650
    /// Of a covariate.
    public static let maximumLookBackMilliseconds: Int64 = 366 * 86_400_000
    public static let maximumSteps = 20
    /// Quantiles and percentiles further out need more units than anybody has.
    public static let quantiles = 0.001...0.999
    /// The largest magnitude of a value, and of a cap: ten thousand million of these still sum to what moments can hold.
    public static let maximumMagnitude = 1e90

    /// Errors name the field by its path below that of the metric.
    ///
    /// - Throws: `ExperimentError.invalid`, naming the field and what is accepted.
    public static func check(_ metric: Metric, _ field: String) throws(ExperimentError) {
        let path = field.isEmpty ? "" : field + "."
        try ExperimentRules.checkLength(metric.name.text, "\(path)name", 1...maximumNameBytes)
        try check(metric.measurement, path)
        try checkTimes(metric, path)
        try checkCap(metric, path)
        try checkCovariate(metric, path)
        try checkMargin(metric, path)
    }

    // MARK: What is measured

    private static func check(_ measurement: Metric.Measurement, _ path: String) throws(ExperimentError) {
        switch measurement {
        case .observation: break
        case .proportion(let selection), .count(let selection): try check(selection, path)
        case .sum(let selection, let property), .mean(let selection, let property):
            try check(selection, path)
            try check(property: property, path)
        case .ratio(let numerator, let denominator):
            try check(numerator, "\(path)numerator.")
            try check(denominator, "\(path)denominator.")
        case .eventQuantile(let quantile, let selection, let property):
            try check(quantile, in: quantiles, "\(path)quantile")
            try check(selection, path)
            try check(property: property, path)
        case .unitQuantile(let quantile, let total, _):
            try check(quantile, in: quantiles, "\(path)quantile")
            try check(total, path)
        case .retention(let selection, let fromDay, let untilDay):
            try check(selection, path)
            guard fromDay >= 0, fromDay <= maximumDays else {
                throw .invalid(field: "\(path)from_day", problem: "is \(fromDay); accepted are 0 to \(maximumDays)")
            }
            guard untilDay > fromDay, untilDay <= maximumDays else {
                throw .invalid(
                    field: "\(path)until_day",
                    problem:
                        "is \(untilDay); accepted is a day after from_day, which is \(fromDay), and up to \(maximumDays)"
                )
            }
        case .funnel(let steps, _):
            guard (2...maximumSteps).contains(steps.count) else {
                throw .invalid(
                    field: "\(path)steps",
                    problem: "has \(steps.count) members; accepted are 2 to \(maximumSteps)"
                )
            }
            for (index, step) in steps.enumerated() { try check(step, "\(path)steps[\(index)].") }
        }
    }

    private static func check(_ selection: EventSelection, _ path: String) throws(ExperimentError) {
        let event = selection.event
        if event == ExperimentEvents.exposure || event.text.utf8.starts(with: "hookline.".utf8) {
            throw .invalid(field: "\(path)event", problem: "'\(event)' is Hookline's own; accepted is any other type")
        }
    }

    private static func check(_ total: EventTotal, _ path: String) throws(ExperimentError) {
        try check(total.selection, path)
        if let property = total.property { try check(property: property, path) }
        if let cap = total.cap { try check(cap, in: -maximumMagnitude...maximumMagnitude, "\(path)cap") }
    }

    private static func check(property: String, _ path: String) throws(ExperimentError) {
        try ExperimentRules.checkLength(property, "\(path)property", 1...maximumPropertyBytes)
    }

    // MARK: When

    private static func checkTimes(_ metric: Metric, _ path: String) throws(ExperimentError) {
        let isTimed = metric.kind != .observation && metric.kind != .retention
        if metric.delayMilliseconds != 0 || metric.windowMilliseconds != nil, !isTimed {
            throw .invalid(
                field: metric.windowMilliseconds == nil ? "\(path)delay_seconds" : "\(path)window_seconds",
                problem: "has no use for the kind \(metric.kind.rawValue)"
            )
        }
        let longest = maximumWindowMilliseconds / 1000
        guard (0...maximumWindowMilliseconds).contains(metric.delayMilliseconds) else {
            throw .invalid(
                field: "\(path)delay_seconds",
                problem: "is \(Double(metric.delayMilliseconds) / 1000); accepted are 0 to \(longest)"
            )
        }
        if let window = metric.windowMilliseconds, !(1...maximumWindowMilliseconds).contains(window) {
            throw .invalid(
                field: "\(path)window_seconds",
                problem: "is \(Double(window) / 1000); accepted is a number above 0 and up to \(longest)"
            )
        }
    }

    // MARK: Variance

    private static func checkCap(_ metric: Metric, _ path: String) throws(ExperimentError) {
        guard let cap = metric.cap else { return }
        switch metric.kind {
        case .count, .sum, .mean: break
        case .ratio:
            throw .invalid(
                field: "\(path)cap",
                problem: "has no use for a ratio, whose units have two numbers: accepted is a cap of numerator or"
                    + " denominator, of a fixed value"
            )
        case .proportion, .quantile, .retention, .funnel, .observation:
            throw .invalid(field: "\(path)cap", problem: "has no use for the kind \(metric.kind.rawValue)")
        }
        switch cap {
        case .value(let value): try check(value, in: -maximumMagnitude...maximumMagnitude, "\(path)cap")
        case .percentile(let percentile, _):
            try check(percentile, in: quantiles, "\(path)cap.percentile")
            guard metric.covariate?.cap == nil else {
                throw .invalid(
                    field: "\(path)covariate.cap",
                    problem:
                        "cannot go with a percentile as the metric's cap: the covariate of the capped units would have"
                        + " to be known one by one; accepted is one of the two"
                )
            }
        }
    }

    private static func checkCovariate(_ metric: Metric, _ path: String) throws(ExperimentError) {
        guard let covariate = metric.covariate else { return }
        let inside = "\(path)covariate."
        switch metric.kind {
        case .proportion, .count, .sum, .ratio, .retention: break
        case .mean, .funnel:
            guard covariate.total != nil else {
                throw .invalid(
                    field: "\(inside)event",
                    problem:
                        "is missing: a \(metric.kind.rawValue) has no number before the exposure that every unit has;"
                        + " accepted is an event whose number or property is added up"
                )
            }
        case .quantile, .observation:
            throw .invalid(field: "\(path)covariate", problem: "has no use for the kind \(metric.kind.rawValue)")
        }
        guard (1...maximumLookBackMilliseconds).contains(covariate.lookBackMilliseconds) else {
            throw .invalid(
                field: "\(inside)days",
                problem:
                    "is \(Double(covariate.lookBackMilliseconds) / 86_400_000); accepted is a number above 0 and up to"
                    + " \(maximumLookBackMilliseconds / 86_400_000)"
            )
        }
        if let total = covariate.total { try check(total, inside) }
        if let cap = covariate.cap { try check(cap, in: -maximumMagnitude...maximumMagnitude, "\(inside)cap") }
    }

    private static func checkMargin(_ metric: Metric, _ path: String) throws(ExperimentError) {
        guard let margin = metric.margin else { return }
        guard metric.role == .guardrail else {
            throw .invalid(
                field: "\(path)margin",
                problem: "has no use for a \(metric.role.rawValue); accepted with the role guardrail"
            )
        }
        guard margin > 0, margin <= 1 else {
            throw .invalid(
                field: "\(path)margin",
                problem: "is \(margin); accepted is a share of control's mean above 0 and up to 1"
            )
        }
    }

    private static func check(_ number: Double, in accepted: ClosedRange<Double>, _ field: String)
        throws(ExperimentError)
    {
        guard accepted.contains(number) else {
            throw .invalid(
                field: field,
                problem: "is \(number); accepted are \(accepted.lowerBound) to \(accepted.upperBound)"
            )
        }
    }
}
