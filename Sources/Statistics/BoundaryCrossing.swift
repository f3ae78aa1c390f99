/// The probabilities that a Brownian motion crosses two-sided boundaries for the first time, look by look.
///
/// The standardised statistics `Z_1, ..., Z_K` have the canonical joint distribution (C. Jennison and B. W. Turnbull,
/// "Group Sequential Methods with Applications to Clinical Trials", 2000, section 3.1): they are jointly normal with
/// `E(Z_k) = drift * sqrt(t_k)`, variance 1 and `Cov(Z_j, Z_k) = sqrt(t_j / t_k)` for `j <= k`. The motion is stopped
/// at the first look with `|Z_k| >= b_k`. The errors of the probabilities are below 1e-12.
///
/// The work is done at the initialisation, once for all drifts. It takes a millisecond for 5 looks and some
/// 50 for 100.
public struct BoundaryCrossing: Sendable {
    /// What happens at a look for the first time.
    public struct Look: Sendable, Hashable {
        /// The probability that `Z_k >= b_k` and no boundary was crossed before.
        public let above: Double
        /// The probability that `Z_k <= -b_k` and no boundary was crossed before.
        public let below: Double

        /// The probability to stop at this look.
        public var total: Double { above + below }
    }

    /// The information at each look, as a fraction of that at which Z has the drift as its expectation.
    public let fractions: [Double]
    /// The boundary `b_k` of each look; infinite where there is none.
    public let criticalValues: [Double]

    private let survivals: [BoundarySurvival]

    /// - Parameters:
    ///   - fractions: Finite, above 0 and strictly increasing. They may go beyond 1.
    ///   - criticalValues: As many, each at least 0; infinite for a look at which nothing is stopped.
    public init(fractions: [Double], criticalValues: [Double]) {
        self.init(fractions: fractions, criticalValues: criticalValues, refinement: 1)
    }

    /// - Parameter refinement: How much narrower the panels of the integration are than they need be.
    init(fractions: [Double], criticalValues: [Double], refinement: Double) {
        precondition(fractions.count == criticalValues.count, "there are as many fractions as critical values")
        precondition(fractions.allSatisfy { $0 > 0 && $0 < .infinity }, "fractions are finite and above 0")
        precondition(zip(fractions, fractions.dropFirst()).allSatisfy(<), "fractions increase strictly")
        precondition(criticalValues.allSatisfy { $0 >= 0 }, "critical values are at least 0")
        self.fractions = fractions
        self.criticalValues = criticalValues
        var survivals: [BoundarySurvival] = []
        for index in fractions.indices {
            guard var survival = survivals.last else {
                survivals.append(BoundarySurvival(firstLook: fractions[index], refinement: refinement))
                continue
            }
            survival.advance(to: fractions[index], after: criticalValues[index - 1])
            survivals.append(survival)
        }
        self.survivals = survivals
    }

    /// The probabilities of the first crossing at each look.
    /// - Parameter drift: The expectation of Z at fraction 1; finite.
    public func probabilities(drift: Double) -> [Look] {
        precondition(drift.isFinite, "a drift is finite")
        return zip(survivals, criticalValues).map { survival, critical in
            guard critical < .infinity else { return Look(above: 0, below: 0) }
            return Look(
                above: survival.probabilityAbove(critical, drift: drift),
                below: survival.probabilityAbove(critical, drift: -drift)
            )
        }
    }
}
