public import HooklinePrimitives
import HooklineStatistics

/// Why numbers should not be taken as they stand, and what to check.
public struct TrustWarning: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        /// The units are not split as was set.
        case sampleRatioMismatch = "sample_ratio_mismatch"
        /// Units were shown more than one variant.
        case unitsInSeveralVariants = "units_in_several_variants"
        /// The effect on the units that came first is another than that on those who came later.
        case novelty
        /// The planned units are too few for the least effect that the plan wants to find.
        case underpowered
    }

    public let kind: Kind
    /// The metric that it is of; nil where it is of all.
    public let metric: Identifier?
    /// The variant that it is of; nil where it is of all.
    public let variant: Identifier?
    /// What was seen, in a sentence with its numbers.
    public let text: String
    /// What to look at.
    public let check: String
}

extension ExperimentResults {
    /// All that there is to be wary of.
    public var trustWarnings: [TrustWarning] {
        [splitWarning, severalVariantsWarning].compactMap(\.self) + noveltyWarnings
            + [underpoweredWarning].compactMap(\.self)
    }

    /// The share of units in several variants from which on the experiment is not trusted.
    static let maximumShareInSeveralVariants = 0.01

    var splitWarning: TrustWarning? {
        guard sampleRatio.status == .mismatch else { return nil }
        return TrustWarning(
            kind: .sampleRatioMismatch,
            metric: nil,
            variant: nil,
            text:
                "The units are not split as was set (sample ratio, p \(ReasonText.p(sampleRatio.sequential?.pValue))): "
                + "something loses or adds units, and no other number is to be trusted.",
            check:
                "Who is exposed but not counted: redirects, bots, exposures that are sent late or by one variant only."
        )
    }

    var severalVariantsWarning: TrustWarning? {
        let several = unitsInSeveralVariants
        let counted = sampleRatio.arms.reduce(0) { $0 + $1.observed }
        let share = Double(several) / Double(max(1, several + counted))
        guard share > Self.maximumShareInSeveralVariants else { return nil }
        return TrustWarning(
            kind: .unitsInSeveralVariants,
            metric: nil,
            variant: nil,
            text: "\(ReasonText.percent(share * 100)) of the units were shown more than one variant and are left out.",
            check:
                "How units are identified: one viewer under several ids, ids that change at a login, several senders that "
                + "choose variants for themselves."
        )
    }

    private var noveltyWarnings: [TrustWarning] {
        metrics.flatMap { metric in
            metric.treatments.compactMap { treatment in
                guard let novelty = treatment.novelty, novelty.isSignificant else { return nil }
                return TrustWarning(
                    kind: .novelty,
                    metric: metric.name,
                    variant: treatment.variant,
                    text:
                        "'\(treatment.variant)' changed '\(metric.name)' by \(ReasonText.number(novelty.early)) for those "
                        + "who saw it in the first \(EarlyUnits.days) days, and by \(ReasonText.number(novelty.later)) for "
                        + "those who came later, p \(ReasonText.p(novelty.pValue)).",
                    check:
                        "Whether a novelty wears off, or something else changed in between: another release, another "
                        + "source of traffic. The later number is nearer to what is to be expected."
                )
            }
        }
    }

    private var underpoweredWarning: TrustWarning? {
        guard let outlook, outlook.isUnderpowered, let lift = outlook.detectableLift, let needed = outlook.unitsNeeded,
            let plan = experiment.definition.plan, let effect = plan.minimumEffect
        else { return nil }
        return TrustWarning(
            kind: .underpowered,
            metric: ExperimentPlan.decidingMetric(of: plan, among: metrics.map(\.metric))?.name,
            variant: nil,
            text:
                "As the metric varies, \(plan.units) units find a change of \(ReasonText.percent(lift * 100)), and one of "
                + "\(ReasonText.percent(effect * 100)) is wanted: that takes some \(needed) units.",
            check:
                "Whether more units can be had, a greater effect is good enough, or a metric that varies less says the same: "
                + "a cap, a covariate, a share instead of a sum."
        )
    }
}
