/// Sample size, power and detectable effect of an experiment with a treatment and its control, before it starts.
///
/// With shares `s_c + s_t = 1` of N units and standard deviations `sd_c`, `sd_t`, the difference of the means has the
/// standard error `sqrt((sd_c^2 / s_c + sd_t^2 / s_t) / N)`. The expectation of the test's statistic at the end, the
/// drift, is the distance from what is to be refuted to the supposed truth over it. The power is a function of the
/// drift alone, but for Student's t; so a power gives a drift, and the drift gives N or the distance (C. Jennison and
/// B. W. Turnbull, "Group Sequential Methods with Applications to Clinical Trials", 2000, sections 3.1 and 7.2 for the
/// sequential modes).
///
/// The plan is for one comparison of one treatment with its control. Where there are several, it is up to the caller to
/// divide alpha among them, as Bonferroni does.
public struct PowerAnalysis: Sendable {
    public let metric: PlannedMetric
    public let controlShare: Double
    public let treatmentShare: Double
    /// Of both sides together. With ``PowerMode/boundaries(fractions:criticalValues:)`` it is only a floor of the
    /// power.
    public let alpha: Double
    public let mode: PowerMode

    let rule: RejectionRule

    /// - Parameters:
    ///   - metric: What is known of the values.
    ///   - controlShare: Of the units, in any unit: only the ratio of the shares counts. Finite and above 0.
    ///   - treatmentShare: Likewise.
    ///   - alpha: Of both sides together, above 0 and below 1.
    ///   - mode: How the data are tested.
    public init(
        metric: PlannedMetric,
        controlShare: Double = 1,
        treatmentShare: Double = 1,
        alpha: Double = 0.05,
        mode: PowerMode = .fixed
    ) throws(PowerInputError) {
        try metric.validate()
        for (field, share) in [(PowerInputError.Field.controlShare, controlShare), (.treatmentShare, treatmentShare)] {
            try PowerInputError.check(field, share, share > 0 && share <= 1e300, "a finite number above 0")
        }
        try PowerInputError.check(.alpha, alpha, alpha > 0 && alpha < 1, "a number above 0 and below 1")
        self.metric = metric
        self.controlShare = controlShare
        self.treatmentShare = treatmentShare
        self.alpha = alpha
        self.mode = mode
        rule = try RejectionRule(mode, alpha: alpha)
    }

    /// How many units the power needs.
    /// - Parameters:
    ///   - hypothesis: What is to be shown.
    ///   - power: Above alpha and below 1.
    public func sampleSize(for hypothesis: PowerHypothesis, power: Double) throws(PowerInputError) -> SampleSize {
        let resolved = try hypothesis.resolved(for: metric)
        try validate(power: power, isOneSided: resolved.isOneSided)
        let ratio = unitDeviation(effect: resolved.effect) / resolved.distance
        // What Student's t is close to.
        let approximation: RejectionRule =
            if case .student = rule { .normal(critical: -Normal.quantile(alpha / 2)) } else { rule }
        let drift = approximation.drift(power: power, units: .infinity, isOneSided: resolved.isOneSided)
        var units = (drift * ratio) * (drift * ratio)
        if case .student = rule {
            units = studentUnits(atLeast: units, ratio: ratio, power: power, isOneSided: resolved.isOneSided)
        }
        guard units <= SampleSize.greatest else {
            throw PowerInputError(
                resolved.isOneSided ? .margin : .effect,
                "needs more than 2^53 units",
                accepted: "a distance that is greater relative to the standard deviations"
            )
        }
        let expected = rule.expectedFraction(drift: drift).map { $0 * units }
        return SampleSize(units: units, shares: shares, expectedUnits: expected)
    }

    /// The probability of a significant result.
    /// - Parameters:
    ///   - hypothesis: What is to be shown.
    ///   - units: Of both arms together, at the end; finite and above 0, for Student's t above 2. They are split by the
    ///     shares exactly and need not be whole.
    public func power(for hypothesis: PowerHypothesis, units: Double) throws(PowerInputError) -> Double {
        let resolved = try hypothesis.resolved(for: metric)
        try validate(units: units)
        let drift = drift(of: resolved, units: units)
        return Swift.min(1, rule.power(drift: drift, units: units, isOneSided: resolved.isOneSided))
    }

    /// The expected number of units at the stop, where the truth is as supposed; nil where there is one look only.
    /// - Parameters:
    ///   - hypothesis: What is to be shown.
    ///   - units: Of both arms together at the end, as in ``power(for:units:)``.
    public func expectedUnits(for hypothesis: PowerHypothesis, units: Double) throws(PowerInputError) -> Double? {
        let resolved = try hypothesis.resolved(for: metric)
        try validate(units: units)
        return rule.expectedFraction(drift: drift(of: resolved, units: units)).map { $0 * units }
    }
}

extension PowerAnalysis {
    /// Of all units; they add up to 1.
    var shares: (control: Double, treatment: Double) {
        // By the ratio, as the sum of both could be lost in rounding or overflow.
        (1 / (1 + treatmentShare / controlShare), 1 / (1 + controlShare / treatmentShare))
    }

    /// `sqrt(sd_c^2 / s_c + sd_t^2 / s_t)`: the standard error times the root of the number of units.
    func unitDeviation(effect: Double) -> Double {
        let deviations = metric.standardDeviations(effect: effect)
        let control = deviations.control / shares.control.squareRoot()
        let treatment = deviations.treatment / shares.treatment.squareRoot()
        // The squares alone could overflow.
        let (great, small) = (Swift.max(control, treatment), Swift.min(control, treatment))
        return great * (1 + (small / great) * (small / great)).squareRoot()
    }

    private func drift(of resolved: PowerHypothesis.Resolved, units: Double) -> Double {
        Swift.min(
            RejectionRule.greatestDrift,
            resolved.distance / unitDeviation(effect: resolved.effect) * units.squareRoot()
        )
    }

    /// The units with which Student's t has the power; at least 3, for there to be a degree of freedom.
    private func studentUnits(atLeast approximation: Double, ratio: Double, power: Double, isOneSided: Bool) -> Double {
        let excess = { (logUnits: Double) in
            let units = logUnits.exponential
            return self.rule.power(drift: units.squareRoot() / ratio, units: units, isOneSided: isOneSided) - power
        }
        let low = Swift.max(approximation, 3).naturalLogarithm
        guard approximation <= SampleSize.greatest, excess(low) < 0 else { return low.exponential }
        var high = low + 1
        while excess(high) < 0 { high += 1 }
        return Chandrupatla.root(from: low, to: high, tolerance: 1e-13, of: excess).exponential
    }

    func validate(power: Double, isOneSided: Bool) throws(PowerInputError) {
        let isAccepted = power > alpha && power < 1
        try PowerInputError.check(.power, power, isAccepted, "a number above alpha, \(alpha), and below 1")
        guard case .boundaries = mode else { return }
        let error = rule.power(drift: 0, units: .infinity, isOneSided: isOneSided)
        let accepted = "a number above the error of the first kind of these boundaries, \(error), and below 1"
        try PowerInputError.check(.power, power, power > error, accepted)
    }

    func validate(units: Double) throws(PowerInputError) {
        let least = mode == .fixedStudent ? 2.0 : 0
        let isAccepted = units > least && units <= SampleSize.greatest
        try PowerInputError.check(.units, units, isAccepted, "a number above \(Int(least)) and at most 2^53")
    }
}
