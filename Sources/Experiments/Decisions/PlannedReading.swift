public import HooklinePrimitives
import HooklineStatistics

/// How a variant compares with control in one metric at a read that was planned: what is kept of it.
///
/// It is a test of fixed size, or at an analysis of a group-sequential plan one of the level that is spent there.
public struct PlannedReading: Codable, Hashable, Sendable {
    public let metric: Identifier
    public let variant: Identifier
    public let difference: Double
    public let standardError: Double
    public let degreesOfFreedom: Double
    /// Of the difference; nil where an early analysis bounds nothing.
    public let interval: [Double]?
    /// Relative to control, in percent; nil where there is none.
    public let lift: Double?
    /// Of the lift, in percent; nil where it has no bounds.
    public let liftInterval: [Double]?
    /// Two-sided, over all analyses so far.
    public let pValue: Double
    public let log10PValue: Double
    /// Whether the p-value is below the plan's alpha.
    public let isSignificant: Bool
    /// Of a test of fixed size; nil at an analysis of several.
    public let fixed: FixedReading?

    /// The lift's interval; nil where it has no bounds.
    var liftBounds: ConfidenceInterval? { liftInterval.map { ConfidenceInterval(lower: $0[0], upper: $0[1]) } }

    /// Whether chance can be ruled out, and the variant is better.
    func isBetter(_ direction: Metric.Direction) -> Bool {
        isSignificant && (direction == .increase ? difference > 0 : difference < 0)
    }

    /// Whether chance can be ruled out, and the variant is worse.
    func isWorse(_ direction: Metric.Direction) -> Bool { isSignificant && !isBetter(direction) }

    /// Of a test of fixed size.
    /// - Parameters:
    ///   - hasLiftBounds: whether there is enough for the bounds of a lift.
    ///   - fixed: what else was read.
    init(
        _ metric: Identifier,
        _ variant: Identifier,
        _ test: WelchTest,
        hasLiftBounds: Bool,
        fixed: FixedReading
    ) {
        self.metric = metric
        self.variant = variant
        difference = test.difference
        standardError = test.standardError
        degreesOfFreedom = test.degreesOfFreedom
        interval = Self.ends(test.interval)
        lift = test.lift.percent
        liftInterval = hasLiftBounds ? Self.ends(test.lift.interval) : nil
        pValue = test.pValue
        log10PValue = test.log10PValue
        isSignificant = test.isSignificant
        self.fixed = fixed
    }

    /// Of an analysis of a group-sequential plan, which may have one only.
    init(
        _ metric: Identifier,
        _ variant: Identifier,
        _ test: GroupSequentialTest,
        hasLiftBounds: Bool,
        fixed: FixedReading?
    ) {
        self.metric = metric
        self.variant = variant
        difference = test.difference
        standardError = test.standardError
        degreesOfFreedom = test.degreesOfFreedom
        interval = Self.ends(test.interval)
        lift = test.lift.percent
        liftInterval = hasLiftBounds ? Self.ends(test.lift.interval) : nil
        pValue = test.pValue
        log10PValue = test.log10PValue
        isSignificant = test.isSignificant
        self.fixed = fixed
    }

    private static func ends(_ interval: ConfidenceInterval?) -> [Double]? {
        interval.map { [$0.lower, $0.upper] }
    }
}
