/// What is known before an experiment about the values of its units.
public enum PlannedMetric: Sendable, Hashable {
    /// A mean with known standard deviations of the values in both arms, each finite and above 0. The baseline is the
    /// control's mean; only relative effects need it.
    case mean(baseline: Double?, controlStandardDeviation: Double, treatmentStandardDeviation: Double)
    /// A proportion of units, with that of the control as the baseline, above 0 and below 1. The standard deviation of
    /// each arm follows from its proportion; they are not pooled.
    case proportion(baseline: Double)

    var baseline: Double? {
        switch self {
        case .mean(let baseline, _, _): baseline
        case .proportion(let baseline): baseline
        }
    }

    func validate() throws(PowerInputError) {
        switch self {
        case .mean(let baseline, let control, let treatment):
            if let baseline {
                try PowerInputError.check(.baseline, baseline, baseline.isFinite, "a finite number, or none")
            }
            let accepted = "a finite number above 0"
            try PowerInputError.check(
                .controlStandardDeviation,
                control,
                control > 0 && control < .infinity,
                accepted
            )
            try PowerInputError.check(
                .treatmentStandardDeviation,
                treatment,
                treatment > 0 && treatment < .infinity,
                accepted
            )
        case .proportion(let baseline):
            try PowerInputError.check(
                .baseline,
                baseline,
                baseline > 0 && baseline < 1,
                "a proportion above 0 and below 1"
            )
        }
    }

    /// The standard deviations of a unit's value in both arms.
    /// - Parameter effect: Treatment minus control. A proportion of baseline and effect is in `0...1`.
    func standardDeviations(effect: Double) -> (control: Double, treatment: Double) {
        switch self {
        case .mean(_, let control, let treatment): return (control, treatment)
        case .proportion(let baseline):
            let deviation = { (proportion: Double) in (proportion * (1 - proportion)).squareRoot() }
            return (deviation(baseline), deviation(baseline + effect))
        }
    }
}

/// A difference of the treatment from its control.
public enum PlannedEffect: Sendable, Hashable {
    /// Treatment minus control.
    case absolute(Double)
    /// As a share of the baseline: 0.1 is a tenth more than it.
    case relative(Double)

    /// As it was given.
    var value: Double {
        switch self {
        case .absolute(let value), .relative(let value): value
        }
    }

    /// Treatment minus control.
    func absolute(in metric: PlannedMetric, field: PowerInputError.Field) throws(PowerInputError) -> Double {
        switch self {
        case .absolute(let effect): return effect
        case .relative(let share):
            let accepted = "a finite number other than 0, where the \(field.rawValue) is relative to it"
            guard let baseline = metric.baseline else {
                throw PowerInputError(.baseline, "is missing", accepted: accepted)
            }
            try PowerInputError.check(.baseline, baseline, baseline != 0, accepted)
            return share * baseline
        }
    }
}
