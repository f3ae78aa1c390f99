import HooklineExperiments
import HooklinePrimitives
import HooklineStatistics

/// The analysis of an experiment, as it is answered.
enum ResultsBody {
    /// - Parameters:
    ///   - isComplete: whether the fold has reached the log's head as of the request.
    ///   - isWhole: whether all metrics were asked for. What decides may be another than the one that was.
    ///   - onlyMetric: whether one metric of one experiment was asked for.
    static func json(
        _ results: ExperimentResults,
        isComplete: Bool,
        isWhole: Bool,
        onlyMetric: Bool = false
    ) -> JSONObject {
        let experiment = results.experiment
        var body: JSONObject = [
            "experiment_id": .string(experiment.id.text),
            "name": .string(experiment.definition.name),
            "state": .string(experiment.state.rawValue),
            "version": JSON(experiment.version),
            "final": .bool(results.isFinal),
            "complete": .bool(isComplete || results.isFinal),
            "as_of_position": JSON(results.foldedPosition),
            "as_of": JSON(results.asOf),
            "planned_read": json(results.read),
            "sample_ratio": json(results.sampleRatio),
            "units_in_several_variants": JSON(results.unitsInSeveralVariants),
            "exposure_mismatches": JSON(results.exposureMismatches),
            "exposures_outside_run": JSON(results.exposuresOutsideRun),
            "ignored_values": JSON(results.ignoredValues),
            "ignored_observations": JSON(results.ignoredObservations),
        ]
        if isWhole {
            body.append("decision", json(results.decision))
            body.append("outlook", JSON(results.outlook.map(json)))
        }
        body.append("trust", .array(results.trustWarnings.map(json)))
        // A metric that was asked for alone stands at the top as well, compared by its first treatment.
        if onlyMetric, let metric = results.metrics.first {
            body.append("metric", JSON(metric.name))
            if let treatment = metric.treatments.first {
                for member in comparison(treatment) { body.append(member.key, member.value) }
            }
        }
        body.append("metrics", .array(results.metrics.map { .object(json($0)) }))
        return body
    }

    private static func json(_ ratio: SampleRatio) -> JSON {
        [
            "status": .string(ratio.status.rawValue),
            "p_value": JSON(ratio.test?.pValue),
            "log10_p_value": JSON(ratio.test?.log10PValue),
            "sequential_p_value": JSON(ratio.sequential?.pValue),
            "chi_squared": JSON(ratio.test?.statistic),
            "degrees_of_freedom": JSON(ratio.test?.degreesOfFreedom),
            "threshold": .number(SampleRatio.threshold),
            "source": JSON(ratio.source),
            "variants": .array(
                ratio.arms.map { arm in
                    [
                        "variant": .string(arm.variant.text),
                        "observed": JSON(arm.observed),
                        "expected": JSON(arm.expected),
                    ]
                }
            ),
        ]
    }

    private static func json(_ result: MetricResult) -> JSONObject {
        let metric = result.metric
        return [
            "metric": JSON(metric.name),
            "kind": .string(metric.kind.rawValue),
            "role": .string(metric.role.rawValue),
            "direction": .string(metric.direction.rawValue),
            "margin": JSON(metric.margin),
            "added_later": .bool(result.isAddedLater),
            "being_built": .bool(result.isBeingBuilt),
            "control": JSON(result.control?.variant),
            "includes_open": .bool(result.includesOpen),
            "open_units": JSON(result.openUnits),
            "cap_value": JSON(result.capValue),
            "theta": JSON(result.theta),
            "counted_events": JSON(result.countedEvents),
            "ignored_values": JSON(result.ignoredValues),
            "warnings": .array(result.warnings.map { .string(text($0, metric)) }),
            "variants": .array(result.variants.map { .object(json($0)) }),
            "slices": .array(
                result.slices.map { slice in
                    [
                        "value": JSON(slice.value), "other": .bool(slice.isOther),
                        "variants": .array(slice.variants.map { .object(json($0)) }),
                    ]
                }
            ),
        ]
    }

    private static func text(_ warning: MetricWarning, _ metric: Metric) -> String {
        switch warning {
        case .noEvents:
            "No unit has had an event that counts: check the type, the filter and the times of '\(metric.name)'."
        case .noValues:
            "No event that counts has had the property as a number: check the property of '\(metric.name)'."
        case .ignoredValues(let count):
            "\(count) events were left out: their property is missing, no number, or above 1e90 in magnitude."
        case .constantCovariate:
            "The covariate is the same for all units, so nothing was adjusted."
        }
    }

    private static func json(_ result: VariantResult) -> JSONObject {
        var body: JSONObject = [
            "variant": .string(result.variant.text),
            "control": .bool(result.isControl),
            "n": JSON(result.n),
            "independent_units": JSON(result.independentUnits),
            "mean": JSON(result.mean),
            "sd": JSON(result.standardDeviation),
            "adjusted_mean": JSON(result.adjustedMean),
            "variance_reduction": JSON(result.varianceReduction),
        ]
        guard !result.isControl else { return body }
        for member in comparison(result) { body.append(member.key, member.value) }
        body.append("novelty", JSON(result.novelty.map(json)))
        body.append("halted_at", JSON(result.halt?.at))
        body.append("guardrail", JSON(result.guardrail?.rawValue))
        return body
    }

    /// How a treatment compares with control. Every member is there, null where it has no value.
    private static func comparison(_ result: VariantResult) -> JSONObject {
        let (test, planned) = (result.test, result.planned)
        return [
            "control_mean": JSON(result.controlMean),
            "variant_mean": JSON(result.mean),
            "difference": JSON(test?.difference),
            "standard_error": JSON(test?.standardError),
            "degrees_of_freedom": JSON(test?.degreesOfFreedom),
            "confidence_interval": interval(planned?.interval),
            "lift": JSON(test?.lift.percent),
            "lift_confidence_interval": interval(planned?.liftInterval),
            "lift_unavailable": JSON(result.liftGap),
            "p_value": JSON(planned?.pValue),
            "log10_p_value": JSON(planned?.log10PValue),
            "significant": JSON(planned?.isSignificant),
            "proportion": proportion(planned?.fixed),
            "non_inferiority_p_value": JSON(planned?.fixed?.nonInferiorityPValue),
            "anytime": anytime(result),
            "posterior": posterior(result),
            "confidence_level": JSON(test?.confidenceLevel ?? Experiments.confidenceLevel),
            "not_testable": JSON(reason(result.comparison)),
        ]
    }

    /// Null before the planned read, at one of several, and for what is no share of units.
    private static func proportion(_ fixed: FixedReading?) -> JSON {
        guard let fixed, let pValue = fixed.proportionPValue else { return .null }
        return ["p_value": .number(pValue), "confidence_interval": interval(fixed.proportionInterval)]
    }

    private static func anytime(_ result: VariantResult) -> JSON {
        let test = try? result.anytime?.get()
        return [
            "p_value": JSON(test?.pValue),
            "log10_p_value": JSON(test?.log10PValue),
            "significant": JSON(test?.isSignificant),
            "standard_error": JSON(test?.standardError),
            "confidence_interval": interval(test?.interval),
            "lift_confidence_interval": interval(result.anytimeLift),
            "information": JSON(test?.boundary.information),
            "pooled": JSON(test?.isPooled),
            "not_testable": JSON(reason(result.anytime)),
        ]
    }

    /// Null where there is no lift.
    private static func posterior(_ result: VariantResult) -> JSON {
        guard let posterior = try? result.posterior?.get() else { return .null }
        return [
            "chance_to_win": .number(posterior.chanceToWin),
            "expected_loss": .number(100 * posterior.expectedLossOfTreatment),
            "lift": .number(100 * posterior.mean),
            "lift_credible_interval": interval([100 * posterior.interval.lower, 100 * posterior.interval.upper]),
            "prior_sd": .number(100 * posterior.prior.standardDeviation),
        ]
    }

    private static func reason(_ test: Result<some Any, NotTestable>?) -> String? {
        guard case .failure(let reason) = test else { return nil }
        return reason.description
    }

    private static func json(_ decision: Decision) -> JSON {
        [
            "verdict": .string(decision.verdict.rawValue),
            "variant": JSON(decision.variant),
            "reasons": .array(decision.reasons.map { .string($0) }),
        ]
    }

    private static func json(_ warning: TrustWarning) -> JSON {
        [
            "warning": .string(warning.kind.rawValue),
            "metric": JSON(warning.metric),
            "variant": JSON(warning.variant),
            "text": .string(warning.text),
            "check": .string(warning.check),
        ]
    }

    private static func json(_ outlook: PlanOutlook) -> JSONObject {
        [
            "units_per_day": .number(outlook.unitsPerDay),
            "remaining_days": JSON(outlook.remainingDays),
            "detectable_lift": JSON(outlook.detectableLift.map { 100 * $0 }),
            "units_needed": JSON(outlook.unitsNeeded),
            "underpowered": .bool(outlook.isUnderpowered),
        ]
    }

    private static func json(_ novelty: NoveltyTest) -> JSONObject {
        [
            "early_difference": .number(novelty.early),
            "later_difference": .number(novelty.later),
            "standard_error": .number(novelty.standardError),
            "p_value": .number(novelty.pValue),
            "significant": .bool(novelty.isSignificant),
        ]
    }

    private static func json(_ read: PlannedRead) -> JSON {
        var look: PlannedLook?
        let status: String
        switch read {
        case .notYet: status = "not_yet"
        case .concluded: status = "concluded"
        case .now: status = "now"
        case .look(let last): (status, look) = ("look", last)
        }
        return [
            "status": .string(status),
            "number": JSON(look?.number),
            "units": JSON(look?.units),
            "fraction": JSON(look?.fraction),
            "critical_value": JSON(look?.criticalValue),
            "last": JSON(look?.isLast),
            "taken_at": JSON(look?.takenAt),
        ]
    }

    private static func interval(_ interval: ConfidenceInterval?) -> JSON {
        self.interval(interval.map { [$0.lower, $0.upper] })
    }

    private static func interval(_ ends: [Double]?) -> JSON {
        ends.map { .array($0.map { .number($0) }) } ?? .null
    }
}
