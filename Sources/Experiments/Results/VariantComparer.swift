import HooklinePrimitives
import HooklineStatistics

/// Compares each variant of a metric with control: at this moment, at all moments, and at the one that was planned.
struct VariantComparer {
    private let experiment: Experiment
    /// The units that were exposed, by variant.
    private let exposed: [Int64]
    private let read: PlannedRead
    private let confidenceLevel: Double

    /// - Parameters:
    ///   - exposed: the units of each variant, in the order of the definition.
    ///   - read: whether the moment that was planned is there.
    init(_ experiment: Experiment, exposed: [Int64], read: PlannedRead) {
        self.experiment = experiment
        self.exposed = exposed
        self.read = read
        confidenceLevel = experiment.definition.plan.map { 1 - $0.alpha } ?? Experiments.confidenceLevel
    }

    private var definition: ExperimentDefinition { experiment.definition }

    /// - Parameters:
    ///   - cohorts: those who came first and those who came later, where they are kept apart.
    ///   - isSlice: whether these are the units of a slice only, of which no planned look keeps anything.
    func variants(
        _ arms: [ArmEstimate],
        _ metric: Metric,
        cohorts: FoldedArms.Cohorts? = nil,
        isSlice: Bool = false
    ) -> [VariantResult] {
        let controlIndex = definition.variants.firstIndex(of: definition.control)
        let control = controlIndex.map { arms[$0] }
        return arms.indices.map { index in
            let (variant, arm) = (definition.variants[index], arms[index])
            guard let controlIndex, let control, index != controlIndex else {
                return VariantResult(variant, arm, controlMean: control?.measured.mean)
            }
            let test = WelchTest.compare(
                control: control.compared,
                treatment: arm.compared,
                confidenceLevel: confidenceLevel
            )
            let anytime = AnytimeTest.compare(
                control: control.compared,
                treatment: arm.compared,
                boundary: boundary(arms, controlIndex, index, metric),
                confidenceLevel: confidenceLevel
            )
            let hasTooFewConversions = metric.isShareOfUnits && [control, arm].contains(where: \.hasTooFewConversions)
            let halt = experiment.halt(of: variant)
            // What was halted is not read: its units see control now, and control has gone on without it.
            let planned =
                halt == nil
                ? reading(
                    of: metric,
                    variant,
                    test,
                    (control, arm),
                    hasLiftBounds: !hasTooFewConversions,
                    isSlice: isSlice
                )
                : nil
            return VariantResult(
                variant,
                arm,
                controlMean: control.measured.mean,
                comparison: test,
                anytime: anytime,
                posterior: PosteriorComparison.compare(
                    control: control.compared,
                    treatment: arm.compared,
                    effect: .lift,
                    prior: .lift,
                    direction: metric.direction == .increase ? .increase : .decrease,
                    credibleLevel: confidenceLevel
                ),
                planned: planned,
                hasTooFewConversions: hasTooFewConversions,
                novelty: halt == nil ? cohorts?.novelty(of: index, control: controlIndex) : nil,
                halt: halt,
                guardrail: metric.margin.map { margin in
                    GuardrailVerdict(
                        lift: planned.map(\.liftBounds)
                            ?? (hasTooFewConversions ? nil : (try? anytime.get())?.lift.interval),
                        margin: margin,
                        direction: metric.direction
                    )
                }
            )
        }
    }

    private func reading(
        of metric: Metric,
        _ variant: Identifier,
        _ test: Result<WelchTest, NotTestable>,
        _ arms: (control: ArmEstimate, treatment: ArmEstimate),
        hasLiftBounds: Bool,
        isSlice: Bool
    ) -> PlannedReading? {
        switch read {
        case .notYet: nil
        case .concluded, .now:
            (try? test.get()).map { test in
                let proportion = { (arm: ArmEstimate) in
                    Proportion(metric, mean: arm.measured.mean, n: arm.measured.n)
                }
                return PlannedReading(
                    metric.name,
                    variant,
                    test,
                    hasLiftBounds: hasLiftBounds,
                    fixed: FixedReading(
                        metric,
                        control: proportion(arms.control),
                        treatment: proportion(arms.treatment),
                        test
                    )
                )
            }
        case .look(let look): isSlice ? nil : look.reading(of: metric.name, variant)
        }
    }

    /// Of the information of two arms. Where the units of a metric are groups of units, those that were exposed count.
    private func boundary(
        _ arms: [ArmEstimate],
        _ control: Int,
        _ treatment: Int,
        _ metric: Metric
    ) -> AnytimeBoundary {
        let units = { (index: Int) in
            max(1, metric.hasGroupsOfUnits ? exposed[index] : arms[index].measured.n)
        }
        let (controlWeight, treatmentWeight) = (definition.weights[control], definition.weights[treatment])
        let both = controlWeight + treatmentWeight
        let planned = definition.plan.map { Int64((Double($0.units) * both).rounded()) }
        return AnytimeBoundary(
            control: units(control),
            treatment: units(treatment),
            planned: max(2, planned ?? AnytimeBoundary.defaultPlannedUnits),
            controlShare: controlWeight / both
        )
    }
}

extension ArmEstimate {
    /// Of an arm whose values are 0 and 1.
    fileprivate var hasTooFewConversions: Bool {
        (measured.mean ?? 0) * Double(measured.n) < Double(ProportionTest.minimumConversions) - 0.5
    }
}

extension Metric {
    /// Whether a unit's number is 1 or 0.
    var isShareOfUnits: Bool {
        switch measurement {
        case .proportion, .retention: true
        case .funnel(_, let base): base == .exposed
        case .observation, .count, .sum, .mean, .ratio, .eventQuantile, .unitQuantile: false
        }
    }

    /// Whether what a test of it takes as independent are groups of units.
    var hasGroupsOfUnits: Bool {
        if case .eventQuantile = measurement { return true }
        return false
    }
}
