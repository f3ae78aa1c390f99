public import HooklinePrimitives

/// What was decided before the start: when the experiment is read, and by what it is decided.
///
///     ExperimentPlan(units: 20_000, analyses: 4, minimumEffect: 0.05)
///
/// An experiment without a plan is read when it is concluded.
public struct ExperimentPlan: Codable, Hashable, Sendable {
    /// How many units of all variants together count in the deciding metric at the last read.
    public var units: Int64
    /// How often it is read on the way there, the last read included, at equal distances: 1 for a test of fixed size, more
    /// for a group-sequential one.
    public var analyses: Int
    /// The chance of a difference where there is none, over all reads, two-sided.
    public var alpha: Double
    /// The chance that the least effect is found.
    public var power: Double
    /// The least change of control's mean that is worth finding, as a share of it: 0.05 for five percent. Nil where nobody
    /// has said.
    public var minimumEffect: Double?
    /// The metric that decides; nil for the first goal.
    public var metric: Identifier?

    public init(
        units: Int64,
        analyses: Int = 1,
        alpha: Double = Self.defaultAlpha,
        power: Double = Self.defaultPower,
        minimumEffect: Double? = nil,
        metric: Identifier? = nil
    ) {
        self.units = units
        self.analyses = analyses
        self.alpha = alpha
        self.power = power
        self.minimumEffect = minimumEffect
        self.metric = metric
    }

    public static let defaultAlpha = 0.05
    public static let defaultPower = 0.8

    public static let acceptedUnits: ClosedRange<Int64> = 20...1_000_000_000_000
    public static let acceptedAnalyses = 1...20
    public static let acceptedAlphas = 0.0001...0.2
    public static let acceptedPowers = 0.5...0.99
    public static let acceptedEffects = 0.0001...10.0
}

extension ExperimentPlan {
    /// - Parameter metrics: those of the experiment.
    /// - Throws: `ExperimentError.invalid`, naming the field and what is accepted.
    func check(metrics: [Metric]) throws(ExperimentError) {
        guard Self.acceptedUnits.contains(units) else {
            throw Self.refused(
                "units",
                "is \(units)",
                "\(Self.acceptedUnits.lowerBound) to \(Self.acceptedUnits.upperBound)"
            )
        }
        guard Self.acceptedAnalyses.contains(analyses) else {
            throw Self.refused("analyses", "is \(analyses)", "1 to \(Self.acceptedAnalyses.upperBound)")
        }
        try Self.check(alpha, "alpha", Self.acceptedAlphas)
        try Self.check(power, "power", Self.acceptedPowers)
        if let minimumEffect { try Self.check(minimumEffect, "minimum_effect", Self.acceptedEffects) }
        if let metric {
            guard let found = metrics.first(where: { $0.name == metric }) else {
                let names = ExperimentRules.list(metrics.map(\.name))
                throw Self.refused(
                    "metric",
                    "'\(metric)' is no metric of the experiment",
                    names.isEmpty ? "none" : names
                )
            }
            guard found.role != .guardrail else {
                throw Self.refused("metric", "'\(metric)' is a guardrail", "a goal or a secondary metric")
            }
        } else if !metrics.contains(where: { $0.role == .goal }) {
            throw Self.refused("metric", "is missing, and the experiment has no goal", "the name of a metric")
        }
    }

    private static func check(
        _ value: Double,
        _ field: String,
        _ accepted: ClosedRange<Double>
    ) throws(ExperimentError) {
        guard accepted.contains(value) else {
            throw refused(field, "is \(value)", "\(accepted.lowerBound) to \(accepted.upperBound)")
        }
    }

    private static func refused(_ field: String, _ problem: String, _ accepted: String) -> ExperimentError {
        .invalid(field: "plan.\(field)", problem: "\(problem); accepted is \(accepted)")
    }

    /// The metric that decides, of those of an experiment; nil where there is no goal.
    static func decidingMetric(of plan: ExperimentPlan?, among metrics: [Metric]) -> Metric? {
        if let name = plan?.metric, let named = metrics.first(where: { $0.name == name }) { return named }
        return metrics.first { $0.role == .goal }
    }
}
