/// What an experiment is to show.
public enum PowerHypothesis: Sendable, Hashable {
    /// That the treatment differs from its control, by a test of both sides with level alpha; the effect is what the
    /// truth is supposed to be. A significant result on the wrong side counts, as its probability is part of that
    /// test's power.
    case difference(PlannedEffect)
    /// That the treatment is not worse than its control by as much as a margin, by a test of one side with level alpha
    /// / 2; the truth is supposed to be that they do not differ. The margin is the magnitude of what is tolerated,
    /// above 0.
    case nonInferiority(margin: PlannedEffect)

    /// The hypothesis in the unit of the metric.
    func resolved(for metric: PlannedMetric) throws(PowerInputError) -> Resolved {
        switch self {
        case .difference(let planned):
            let effect = try planned.absolute(in: metric, field: .effect)
            try PowerInputError.check(.effect, planned.value, effect.isFinite && effect != 0, Self.otherThanZero)
            if case .proportion(let baseline) = metric {
                let proportion = baseline + effect
                guard proportion > 0, proportion < 1 else {
                    throw PowerInputError(
                        .effect,
                        "makes \(proportion) of the baseline \(baseline)",
                        accepted: "an effect that keeps the proportion above 0 and below 1"
                    )
                }
            }
            return Resolved(effect: effect, distance: effect.magnitude, isOneSided: false)
        case .nonInferiority(let planned):
            let margin = try planned.absolute(in: metric, field: .margin).magnitude
            let isPositive = planned.value > 0 && margin > 0 && margin < .infinity
            try PowerInputError.check(.margin, planned.value, isPositive, "a finite number above 0")
            if case .proportion = metric {
                let accepted = "a margin of less than 1, as the metric is a proportion"
                try PowerInputError.check(.margin, planned.value, margin < 1, accepted)
            }
            return Resolved(effect: 0, distance: margin, isOneSided: true)
        }
    }

    struct Resolved {
        /// Treatment minus control, as it is supposed to be.
        let effect: Double
        /// From what is to be refuted to the supposed truth, above 0.
        let distance: Double
        let isOneSided: Bool
    }

    private static let otherThanZero = "a finite number other than 0"
}
