/// The difference of two means relative to the control's, in percent: 10 means that the treatment has 1.1 times as much.
public struct Lift: Sendable, Hashable {
    /// Why a lift or its interval is missing.
    public enum Gap: Sendable, Hashable, CustomStringConvertible {
        /// A ratio to 0 has no value.
        case controlMeanIsZero
        /// The control's mean cannot be told from 0 at this confidence, so any lift, however great, is compatible.
        case controlMeanNearZero
        /// The difference, or its standard error, is beyond 1e150 times the control's mean.
        case outOfRange

        /// The reason, as a sentence for people.
        public var description: String {
            switch self {
            case .controlMeanIsZero:
                "The control's mean is 0, so there is no lift relative to it."
            case .controlMeanNearZero:
                "The control's mean cannot be told from 0 at this confidence, so the lift has no bounds."
            case .outOfRange:
                "The control's mean is too small beside the difference for a lift relative to it."
            }
        }
    }

    /// `100 * difference / control mean`; nil where that mean is 0 or out of range. Relative to a negative mean, more is
    /// a negative lift.
    public let percent: Double?
    /// In percent, with the confidence of the test; nil where it has no bounds.
    public let interval: ConfidenceInterval?
    /// Why `percent` or `interval` is nil.
    public let gap: Gap?

    /// The interval is Fieller's (E. C. Fieller, "Some Problems in Interval Estimation", JRSS B 16, 1954), which counts
    /// the uncertainty of the control's mean too. Dividing the bounds of the difference would not, and the delta method
    /// would disagree with the p-value near its threshold; this interval excludes 0 exactly where that of the difference
    /// does. It holds the lifts r with `(d - r m)^2 <= q^2 (v_T + (1 + r)^2 v_C)`, where d is the difference, m the
    /// control's mean and q the critical value.
    init(_ arms: MeanDifference, critical: Double) {
        guard let mean = arms.control.scaledMean, !mean.isZero else {
            percent = nil
            interval = nil
            gap = .controlMeanIsZero
            return
        }
        let relative = (arms.difference.scaled / mean).double
        let width = critical * (arms.variance.squareRoot / mean).double.magnitude
        // Squares of what is below it are doubles.
        guard relative.magnitude < 1e150, width < 1e150 else {
            percent = nil
            interval = nil
            gap = .outOfRange
            return
        }
        percent = 100 * relative

        // Everything relative to the control's mean: nothing overflows, whatever the unit of the values.
        let share = { (variance: ScaledDouble) in
            let ratio = critical * (variance.squareRoot / mean).double
            return ratio * ratio
        }
        let (controlShare, treatmentShare) = (share(arms.controlVariance), share(arms.treatmentVariance))
        let leading = 1 - controlShare
        guard leading > 0 else {
            interval = nil
            gap = .controlMeanNearZero
            return
        }
        // leading r^2 - 2 middle r + last = 0. Written so, its discriminant has no cancellation.
        let middle = relative + controlShare
        let last = (relative - width) * (relative + width)
        let ratio = 1 + relative
        let root = (controlShare * ratio * ratio + treatmentShare * leading).squareRoot()
        let far = middle < 0 ? middle - root : middle + root
        // Where `far` is 0, so are the root and both solutions.
        let solutions = far == 0 ? (0, 0) : (far / leading, last / far)
        interval = ConfidenceInterval(
            lower: 100 * Swift.min(solutions.0, solutions.1),
            upper: 100 * Swift.max(solutions.0, solutions.1)
        )
        gap = nil
    }
}
