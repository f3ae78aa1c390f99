import HooklinePrimitives
import HooklineStatistics
import Synchronization

/// How a plan is getting on: when its last read will be, and what it can find.
public struct PlanOutlook: Sendable, Hashable {
    /// The units that were exposed in a day, on average since the version began.
    public let unitsPerDay: Double
    /// The whole days until all planned units count, at that rate; nil while none come.
    public let remainingDays: Int?
    /// The least lift that the planned units find with the planned power, as a share of control, as the metric has varied so
    /// far; nil where it is too early to tell, or there is no lift.
    public let detectableLift: Double?
    /// How many units it takes for the least effect of the plan; nil where the plan names none, or it is too early to tell.
    public let unitsNeeded: Int64?
    /// Whether the planned units are too few for the least effect that the plan wants to find.
    public let isUnderpowered: Bool

    /// In each arm: before, the variance is not known well enough to say anything.
    static let minimumUnits: Int64 = 100
    /// Before, a rate says nothing.
    static let minimumMilliseconds: Int64 = 3_600_000
}

extension PlanOutlook {
    /// - Parameters:
    ///   - plan: The plan of the experiment.
    ///   - metric: The metric that decides.
    ///   - definition: Whose weights say how the units are shared.
    ///   - milliseconds: Since the version began.
    ///   - isTakingUnits: False during a pause.
    /// - Returns: Nil where it is too early.
    init?(
        _ plan: ExperimentPlan,
        _ metric: MetricResult,
        _ definition: ExperimentDefinition,
        after milliseconds: Int64,
        isTakingUnits: Bool
    ) {
        guard milliseconds >= Self.minimumMilliseconds else { return nil }
        let counted = metric.variants.reduce(0) { $0 + $1.independentUnits }
        // Those whose windows are open count when their windows close.
        let there = metric.includesOpen ? counted : counted + metric.openUnits
        unitsPerDay = Double(there) * Double(Day.milliseconds) / Double(milliseconds)
        let window = (metric.metric.windowMilliseconds ?? 0) + metric.metric.delayMilliseconds
        let windowDays = Int((Double(window) / Double(Day.milliseconds)).rounded(.up))
        let missing = SampleSize.remainingDays(
            needed: Int(plan.units),
            have: Int(there),
            perDay: isTakingUnits ? unitsPerDay : 0
        )
        remainingDays = missing.map { counted >= plan.units ? 0 : $0 + windowDays }

        let arms = Self.arms(metric, definition)
        let scale = Self.drift(of: plan, treatments: metric.treatments.count)
        detectableLift = arms.flatMap { arms in
            scale.map { $0 * arms.deviation / Double(plan.units).squareRoot() / arms.control }
        }
        unitsNeeded = detectableLift.flatMap { lift in
            plan.minimumEffect.flatMap { effect in
                Int64(exactly: (Double(plan.units) * (lift / effect) * (lift / effect)).rounded(.up))
            }
        }
        isUnderpowered = unitsNeeded.map { Double($0) > Double(plan.units) * Self.tolerance } ?? false
    }

    /// How much more than planned it may take before it is said: the variance is an estimate.
    private static let tolerance = 1.1

    /// The mean of control, and the deviation of the least precise difference with it times the root of all units.
    private static func arms(
        _ metric: MetricResult,
        _ definition: ExperimentDefinition
    ) -> (control: Double, deviation: Double)? {
        let tests = metric.treatments.compactMap { treatment in treatment.test.map { (treatment.variant, $0) } }
        guard let control = metric.control, let mean = control.mean, mean > 0, !metric.metric.hasGroupsOfUnits,
            control.n >= minimumUnits, metric.treatments.allSatisfy({ $0.n >= minimumUnits })
        else { return nil }
        let weights = Dictionary(uniqueKeysWithValues: zip(definition.variants, definition.weights))
        let deviations = tests.compactMap { variant, test -> Double? in
            guard let ofControl = test.control.varianceOfMean, let ofTreatment = test.treatment.varianceOfMean,
                let controlWeight = weights[definition.control], let weight = weights[variant]
            else { return nil }
            let variance =
                ofControl * Double(test.control.n) / controlWeight + ofTreatment * Double(test.treatment.n) / weight
            return variance.squareRoot()
        }
        return deviations.max().map { (mean, $0) }
    }

    // MARK: Drifts

    private struct Design: Hashable {
        let alpha: Double
        let power: Double
        let analyses: Int
    }

    private static let drifts = Mutex<[Design: Double]>([:])
    private static let maximumDrifts = 1000

    /// How many standard errors an effect has to be at the last read to be found with the plan's power: that takes a search
    /// over all reads, and is the same for every metric.
    private static func drift(of plan: ExperimentPlan, treatments: Int) -> Double? {
        // Holm's adjustment asks this of the one that is the most significant.
        let alpha = plan.alpha / Double(max(1, treatments))
        let design = Design(alpha: alpha, power: plan.power, analyses: plan.analyses)
        if let known = drifts.withLock({ $0[design] }) { return known }
        let fractions = (1...plan.analyses).map { Double($0) / Double(plan.analyses) }
        // Of four units with a deviation of 1 in equal arms the standard error is 1.
        let analysis = try? PowerAnalysis(
            metric: .mean(baseline: nil, controlStandardDeviation: 1, treatmentStandardDeviation: 1),
            alpha: alpha,
            mode: plan.analyses > 1 ? .groupSequential(fractions: fractions) : .fixed
        )
        guard let effect = try? analysis?.minimumDetectableEffect(units: 4, power: plan.power) else { return nil }
        drifts.withLock { drifts in
            if drifts.count >= maximumDrifts { drifts.removeAll() }
            drifts[design] = effect.absolute
        }
        return effect.absolute
    }
}
