import HooklinePrimitives
import HooklineStatistics

/// What else can be read of a test of fixed size, where the metric is one for it.
public struct FixedReading: Codable, Hashable, Sendable {
    /// Of the z test of two proportions with the pooled variance, two-sided; nil for what is no share of units.
    public let proportionPValue: Double?
    /// The score interval of the difference of two proportions.
    public let proportionInterval: [Double]?
    /// One-sided: small where the variant is worse than control by no more than the guardrail's margin. Nil for what has no
    /// margin.
    public let nonInferiorityPValue: Double?

    /// - Parameters:
    ///   - metric: What was measured.
    ///   - control: As it was measured.
    ///   - treatment: As it was measured.
    ///   - test: Of the same arms, perhaps adjusted by a covariate.
    init(_ metric: Metric, control: Proportion?, treatment: Proportion?, _ test: WelchTest) {
        let level = test.confidenceLevel
        let proportion = control.flatMap { control in
            treatment.flatMap { treatment in
                try? ProportionTest.compare(control: control, treatment: treatment, confidenceLevel: level).get()
            }
        }
        proportionPValue = proportion?.pValue
        proportionInterval = proportion.map { [$0.interval.lower, $0.interval.upper] }
        nonInferiorityPValue = metric.margin.flatMap { margin in
            // A share of all is no margin that could be broken.
            guard margin < 1 else { return nil }
            return try? NonInferiorityTest.compare(
                control: test.control,
                treatment: test.treatment,
                direction: metric.direction == .increase ? .increase : .decrease,
                margin: .relative(margin),
                confidenceLevel: (1 + level) / 2
            ).get().pValue
        }
    }
}

extension Proportion {
    /// Of units whose numbers are 1 or 0; nil for those of another metric, and without a unit.
    init?(_ metric: Metric, mean: Double?, n: Int64) {
        guard metric.isShareOfUnits, let mean, n > 0 else { return nil }
        self.init(conversions: Int64((mean * Double(n)).rounded()), units: n)
    }
}
