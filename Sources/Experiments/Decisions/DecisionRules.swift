import HooklinePrimitives
import HooklineStatistics

/// Decides what is to be done, from results alone.
///
/// What breaks the experiment goes first, then harm, then the read that was planned. Before that read only what holds however
/// often one looks may decide, and with a plan it may roll back and not ship: two tests at the plan's alpha would be wrong
/// twice as often.
struct DecisionRules {
    private let results: ExperimentResults

    /// The least effect that is taken as worth finding where no plan says it: ten percent.
    static let defaultMinimumEffect = 0.1

    private var plan: ExperimentPlan? { results.experiment.definition.plan }
    private var alpha: Double { plan?.alpha ?? ExperimentPlan.defaultAlpha }

    init(_ results: ExperimentResults) {
        self.results = results
    }

    var decision: Decision {
        if let broken { return broken }
        if let harm { return harm }
        guard let metric = decidingMetric else {
            return Decision(.review, nil, "The experiment has no goal that could decide it.")
        }
        guard !metric.isBeingBuilt else {
            return Decision(.keepRunning, nil, "'\(metric.name)' is being built from the log.")
        }
        switch results.read {
        case .notYet: return early(metric)
        case .look(let look): return planned(metric, isLast: look.isLast)
        case .concluded, .now: return planned(metric, isLast: true)
        }
    }

    private var decidingMetric: MetricResult? {
        let name = ExperimentPlan.decidingMetric(of: plan, among: results.metrics.map(\.metric))?.name
        return results.metrics.first { $0.name == name }
    }

    // MARK: What must not be trusted

    private var broken: Decision? {
        [results.splitWarning, results.severalVariantsWarning].compactMap(\.self).first.map { warning in
            Decision(.review, nil, warning.text, "Check: \(warning.check)")
        }
    }

    // MARK: What does harm

    private var harm: Decision? {
        if let breach = results.breaches.first { return Decision(.rollBack, breach.arm.variant, breach.sentence) }
        let experiment = results.experiment
        let treatments = experiment.definition.variants.filter { $0 != experiment.definition.control }
        guard let first = experiment.halted.first, experiment.halted.count == treatments.count else { return nil }
        // Nothing is left that could be better.
        return Decision(.rollBack, first.variant, experiment.halted.map { "'\($0.variant)' was halted: \($0.reason)" })
    }

    // MARK: Before the planned read

    private func early(_ metric: MetricResult) -> Decision {
        let significant = goingOn(metric).filter { (try? $0.anytime?.get())?.isSignificant == true }
        let worse = significant.filter { !isBetter($0.test?.difference, metric) }
        if !worse.isEmpty, worse.count == goingOn(metric).count {
            return Decision(
                .rollBack,
                worse.first?.variant,
                "'\(worse[0].variant)' is worse in '\(metric.name)', however often one looks: \(worse[0].liftText)."
            )
        }
        guard let plan else {
            return withoutPlan(metric, better: significant.filter { isBetter($0.test?.difference, metric) })
        }
        let units = results.unitsCounted(in: metric)
        guard results.experiment.state != .concluded else {
            return Decision(
                .review,
                nil,
                "It was concluded when \(units) of the \(plan.units) planned units counted in '\(metric.name)', before it was "
                    + "read: only what holds at any look can be told, \(goingOn(metric).map(\.liftText).joined(separator: ", "))."
            )
        }
        var reasons = "\(units) of the \(plan.units) planned units count in '\(metric.name)'"
        if let best = significant.first {
            reasons += "; '\(best.variant)' differs already, however often one looks (\(best.liftText))"
        }
        return Decision(.keepRunning, nil, reasons + ". It is decided when they are there" + remaining + ".")
    }

    private func withoutPlan(_ metric: MetricResult, better: [VariantResult]) -> Decision {
        guard let best = best(of: better, metric) else {
            return Decision(
                .keepRunning,
                nil,
                "No variant differs in '\(metric.name)' in a way that holds however often one looks, and no plan says when "
                    + "to stop."
            )
        }
        return shipped(best, metric, "holds however often one looks")
    }

    // MARK: At the planned read

    private func planned(_ metric: MetricResult, isLast: Bool) -> Decision {
        let read = goingOn(metric).filter { $0.planned != nil }
        guard !read.isEmpty else {
            let reason = goingOn(metric).lazy.compactMap { treatment -> String? in
                guard case .failure(let reason) = treatment.comparison else { return nil }
                return reason.description
            }.first
            return Decision(isLast ? .underpowered : .keepRunning, nil, reason ?? "There is nothing to compare yet.")
        }
        // Several treatments are several chances to be wrong.
        let adjusted = Holm.adjusted(read.compactMap(\.planned?.pValue))
        let significant = zip(read, adjusted).filter { $1 < alpha }.map(\.0)
        let better = significant.filter { isBetter($0.planned?.difference, metric) }
        if let best = best(of: better, metric) {
            return shipped(best, metric, "was found at the planned read, p \(ReasonText.p(best.planned?.pValue))")
        }
        if let worse = significant.first {
            return Decision(
                .rollBack,
                worse.variant,
                "'\(worse.variant)' is worse in '\(metric.name)': \(worse.liftText), p \(ReasonText.p(worse.planned?.pValue))."
            )
        }
        guard isLast else { return early(metric) }
        return nothingFound(read, metric)
    }

    private func nothingFound(_ read: [VariantResult], _ metric: MetricResult) -> Decision {
        let effect = plan?.minimumEffect ?? Self.defaultMinimumEffect
        let worth = ReasonText.percent(effect * 100)
        // Better is more or less, as the metric wants it.
        let possible = read.first { treatment in
            guard let bounds = treatment.planned?.liftBounds else { return true }
            return metric.metric.direction == .increase ? bounds.upper >= effect * 100 : bounds.lower <= -effect * 100
        }
        if let possible {
            return Decision(
                .underpowered,
                nil,
                "No difference in '\(metric.name)' was found, and one of \(worth) is not ruled out for '\(possible.variant)': "
                    + "\(possible.liftText). It takes more units, or a metric that varies less."
            )
        }
        return Decision(
            .review,
            nil,
            "No difference in '\(metric.name)' was found, and one of \(worth) for the better is ruled out: "
                + "\(read.map(\.liftText).joined(separator: ", "))."
        )
    }

    private func shipped(_ best: VariantResult, _ metric: MetricResult, _ why: String) -> Decision {
        let open = results.metrics.filter { guardrail in
            guardrail.metric.margin != nil
                && guardrail.treatments.contains { $0.variant == best.variant && $0.guardrail != .holds }
        }
        let found = "'\(best.variant)' is better in '\(metric.name)': \(best.liftText), which \(why)."
        guard open.isEmpty else {
            return Decision(
                .review,
                best.variant,
                found,
                "Whether it keeps to \(open.map { "'\($0.name)'" }.joined(separator: ", ")) cannot be told yet."
            )
        }
        return Decision(.ship, best.variant, found)
    }

    // MARK: Parts

    /// The treatments that are not halted.
    private func goingOn(_ metric: MetricResult) -> [VariantResult] { metric.treatments.filter { $0.halt == nil } }

    private var remaining: String {
        guard let days = results.outlook?.remainingDays, days > 0 else { return "" }
        return days == 1 ? ", in about a day" : ", in about \(days) days"
    }

    private func isBetter(_ difference: Double?, _ metric: MetricResult) -> Bool {
        metric.metric.direction == .increase ? (difference ?? 0) > 0 : (difference ?? 0) < 0
    }

    private func best(of variants: [VariantResult], _ metric: MetricResult) -> VariantResult? {
        let sign: Double = metric.metric.direction == .increase ? 1 : -1
        return variants.max { sign * ($0.test?.difference ?? 0) < sign * ($1.test?.difference ?? 0) }
    }
}

extension VariantResult {
    /// `+12.3 % (+4.5 % to +20.1 %)`: at the planned read, or before it what holds at any look.
    var liftText: String {
        let lift = planned.map(\.lift) ?? test?.lift.percent
        let bounds = planned.map(\.liftBounds) ?? anytimeLift
        guard let lift else { return "a difference of \(test?.difference ?? 0)" }
        guard let bounds else { return "\(ReasonText.change(lift)), without bounds" }
        return "\(ReasonText.change(lift)) (\(ReasonText.change(bounds.lower)) to \(ReasonText.change(bounds.upper)))"
    }
}

extension ExperimentResults {
    /// What is to be done. It takes the results of all metrics.
    public var decision: Decision { DecisionRules(self).decision }

    /// The arms that are worse in a guardrail than they may be, but those that are halted; each once.
    var breaches: [GuardrailBreach] {
        var breaches: [GuardrailBreach] = []
        for metric in metrics {
            for arm in metric.treatments
            where arm.guardrail == .violated && arm.halt == nil
                && !breaches.contains(where: { $0.arm.variant == arm.variant })
            {
                breaches.append(GuardrailBreach(metric: metric.metric, arm: arm))
            }
        }
        return breaches
    }

    /// How many units of all variants count in a metric: those that were exposed, where a metric has groups of units.
    func unitsCounted(in metric: MetricResult) -> Int64 {
        if metric.metric.hasGroupsOfUnits { return sampleRatio.arms.reduce(0) { $0 + $1.observed } }
        return metric.variants.reduce(0) { $0 + $1.independentUnits }
    }
}

/// An arm that is worse in a guardrail than it may be.
struct GuardrailBreach {
    let metric: Metric
    let arm: VariantResult

    var sentence: String {
        let margin = ReasonText.percent((metric.margin ?? 0) * 100)
        return "'\(arm.variant)' is worse in the guardrail '\(metric.name)' by more than the \(margin) that it may: "
            + "\(arm.liftText)."
    }
}
