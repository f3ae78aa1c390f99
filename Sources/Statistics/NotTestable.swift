/// Why a test of means, ratios, quantiles or proportions has no p-value, or a comparison no posterior.
public enum NotTestable: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Arm: String, Sendable, Hashable {
        case control
        case treatment
    }

    /// An arm has fewer independent units than the test needs: 2 for a variance at all.
    case tooFewUnits(Arm, n: Int64, needed: Int64 = 2)
    /// The denominators of an arm add up to 0 or less, so that there is no ratio to them.
    case denominatorNotPositive(Arm)
    /// The mean of an arm, or its standard error, is beyond 2^500: it is too great to be compared.
    case outOfRange(Arm)
    /// An arm has no quantile, or none with a standard error.
    case noQuantile(Arm, QuantileArm.Gap)
    /// The counts of an arm are not those of a proportion: below 0, or more conversions than units.
    case notAProportion(Arm, conversions: Int64, units: Int64)
    /// What is relative to the control's mean needs one above 0: relative to a negative mean, more is a negative lift.
    case controlMeanNotPositive
    /// There is no lift relative to the control's mean.
    case noLift(Lift.Gap)
    /// No arm has a value other than 0: for a conversion, no arm has a success.
    case onlyZeros
    /// No arm has any variance, though there are values: what differs, if anything, differs without chance.
    case noVariance

    /// The reason, as a sentence for people.
    public var description: String {
        switch self {
        case .tooFewUnits(let arm, let n, let needed):
            "The \(arm.rawValue) arm has \(n) independent \(n == 1 ? "unit" : "units"); a test needs at least \(needed)."
        case .denominatorNotPositive(let arm):
            "The denominators of the \(arm.rawValue) arm do not add up to more than 0, so it has no ratio."
        case .outOfRange(let arm):
            "The mean of the \(arm.rawValue) arm, or its standard error, is too great to be compared."
        case .noQuantile(let arm, let gap):
            "The \(arm.rawValue) arm has no percentile to compare. \(gap.description)"
        case .notAProportion(let arm, let conversions, let units):
            "The \(arm.rawValue) arm has \(conversions) conversions of \(units) units, which is no proportion."
        case .controlMeanNotPositive:
            "The control's mean is not above 0, so nothing can be judged relative to it."
        case .noLift(let gap):
            gap.description
        case .onlyZeros:
            "No arm has a success or any value but 0, so there is nothing to compare yet."
        case .noVariance:
            "All values within each arm are equal, so chance cannot be measured."
        }
    }
}
