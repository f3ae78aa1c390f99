/// One promise, and what a simulation has seen of it.
public struct ValidityRow: Sendable, Hashable {
    /// What is promised.
    public let what: String
    /// What must be seen.
    public let bar: String
    public let seen: String
    public let holds: Bool

    /// A rate that must not be above a bar.
    init(_ what: String, _ rate: ObservedRate, atMost bar: Double, isStrict: Bool) {
        self.what = what
        self.bar = "at most \(bar)"
        // With few runs nothing is proved; a promise is broken where chance cannot explain what was seen.
        let limit = isStrict ? rate.upperLimit() : rate.lowerLimit()
        seen = "\(Self.text(rate.share)) (\(isStrict ? "upper" : "lower") limit \(Self.text(limit)))"
        holds = limit <= bar
    }

    /// A rate that must not be below a bar.
    init(_ what: String, _ rate: ObservedRate, atLeast bar: Double, isStrict: Bool) {
        self.what = what
        self.bar = "at least \(bar)"
        let value = isStrict ? rate.share : rate.upperLimit()
        seen = Self.text(rate.share)
        holds = value >= bar
    }

    /// A rate that must be in a range.
    init(_ what: String, _ rate: ObservedRate, in bar: ClosedRange<Double>, isStrict: Bool) {
        self.what = what
        self.bar = "\(bar.lowerBound) to \(bar.upperBound)"
        seen = Self.text(rate.share)
        holds =
            isStrict
            ? bar.contains(rate.share) : rate.upperLimit() >= bar.lowerBound && rate.lowerLimit() <= bar.upperBound
    }

    /// A number that must be near another.
    init(_ what: String, _ value: Double, near expected: Double, within tolerance: Double) {
        self.what = what
        bar = "\(expected) within \(tolerance)"
        seen = Self.text(value)
        holds = (value - expected).magnitude <= tolerance
    }

    private static func text(_ value: Double) -> String { "\((value * 1e5).rounded() / 1e5)" }
}
