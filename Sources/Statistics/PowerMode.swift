/// How the data of a planned experiment are tested.
public enum PowerMode: Sendable, Hashable {
    /// Once, at the end, by the normal approximation.
    case fixed
    /// Once, at the end, by Student's t with `n_c + n_t - 2` degrees of freedom. With equal standard deviations this is
    /// the power of the pooled test; beyond a hundred units it differs little from ``fixed``.
    case fixedStudent
    /// At each of these fractions of the maximum, with the boundaries of ``GroupSequentialDesign``. Above 0, strictly
    /// increasing, the last one is 1.
    case groupSequential(fractions: [Double])
    /// At each of these fractions of the maximum, with other boundaries of `|Z|`, such as those of a sequence that is
    /// valid at any time. As many critical values as fractions, at least 0; infinite where nothing is stopped, but not
    /// all.
    case boundaries(fractions: [Double], criticalValues: [Double])
}

/// When a planned test rejects, without regard to the metric.
enum RejectionRule: Sendable {
    case normal(critical: Double)
    case student(alpha: Double)
    case sequential(BoundaryCrossing)

    /// - Parameter alpha: Of both sides together, above 0 and below 1.
    init(_ mode: PowerMode, alpha: Double) throws(PowerInputError) {
        switch mode {
        case .fixed: self = .normal(critical: -Normal.quantile(alpha / 2))
        case .fixedStudent: self = .student(alpha: alpha)
        case .groupSequential(let fractions):
            try Self.validate(fractions)
            do {
                let design = try GroupSequentialDesign(alpha: alpha, fractions: fractions)
                self = .sequential(BoundaryCrossing(fractions: fractions, criticalValues: design.criticalValues()))
            } catch {
                throw PowerInputError(.fractions, "make no design (\(error))", accepted: Self.acceptedFractions)
            }
        case .boundaries(let fractions, let criticalValues):
            try Self.validate(fractions)
            try Self.validate(criticalValues, count: fractions.count)
            self = .sequential(BoundaryCrossing(fractions: fractions, criticalValues: criticalValues))
        }
    }

    private static let acceptedFractions = "fractions above 0 that increase strictly and end with 1"

    private static func validate(_ fractions: [Double]) throws(PowerInputError) {
        let problem: String? =
            if fractions.isEmpty {
                "are missing"
            } else if let fraction = fractions.first(where: { !($0 > 0 && $0 <= 1) }) {
                "hold \(fraction)"
            } else if let pair = zip(fractions, fractions.dropFirst()).first(where: { $0 >= $1 }) {
                "do not increase from \(pair.0) to \(pair.1)"
            } else if let last = fractions.last, last != 1 {
                "end with \(last)"
            } else {
                nil
            }
        if let problem { throw PowerInputError(.fractions, problem, accepted: acceptedFractions) }
    }

    private static func validate(_ criticalValues: [Double], count: Int) throws(PowerInputError) {
        let problem: String? =
            if criticalValues.count != count {
                "are \(criticalValues.count) for \(count) fractions"
            } else if let value = criticalValues.first(where: { !($0 >= 0) }) {
                "hold \(value)"
            } else if criticalValues.allSatisfy({ $0 == .infinity }) {
                "are all infinite"
            } else {
                nil
            }
        if let problem {
            let accepted = "as many numbers of at least 0 as there are fractions, not all infinite"
            throw PowerInputError(.criticalValues, problem, accepted: accepted)
        }
    }
}

extension RejectionRule {
    /// The probability to reject, on both sides or above only.
    /// - Parameters:
    ///   - drift: The expectation of Z at the end, at least 0.
    ///   - units: Of both arms; only Student's t, which needs more than 2, depends on them.
    func power(drift: Double, units: Double, isOneSided: Bool) -> Double {
        switch self {
        case .normal(let critical):
            let below = isOneSided ? 0 : Normal.survival(critical + drift)
            return Normal.survival(critical - drift) + below
        case .student(let alpha):
            let degreesOfFreedom = units - 2
            let critical = StudentT(degreesOfFreedom: degreesOfFreedom).twoSidedQuantile(alpha)
            let tail = { NoncentralT(degreesOfFreedom: degreesOfFreedom, noncentrality: $0).survival(critical) }
            return tail(drift) + (isOneSided ? 0 : tail(-drift))
        case .sequential(let crossing):
            return crossing.probabilities(drift: drift).reduce(0) { $0 + (isOneSided ? $1.above : $1.total) }
        }
    }

    /// The expected fraction of the maximum at which the experiment stops; nil where there is one look only.
    func expectedFraction(drift: Double) -> Double? {
        guard case .sequential(let crossing) = self else { return nil }
        // The maximum, less what each stop saves of it.
        return zip(crossing.fractions, crossing.probabilities(drift: drift)).reduce(1) { expected, look in
            expected - look.1.total * (1 - look.0)
        }
    }

    /// The drift with which the power is as wanted; infinite where it would be beyond 1e9.
    /// - Parameter power: Above that without drift and below 1.
    func drift(power: Double, units: Double, isOneSided: Bool) -> Double {
        let excess = { (drift: Double) in
            self.power(drift: drift, units: units, isOneSided: isOneSided) - power
        }
        var high = 4.0
        while excess(high) < 0 {
            guard high < Self.greatestDrift else { return .infinity }
            high *= 2
        }
        return Chandrupatla.root(from: 0, to: high, tolerance: 1e-13, of: excess)
    }

    /// Only critical values that are out of reach for any experiment need more.
    static let greatestDrift = 1e9
}
