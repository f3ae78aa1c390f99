import HooklinePrimitives
import HooklineStatistics
import HooklineStorage

/// What one variant comes to.
struct ArmEstimate {
    let measured: ArmSummary
    /// After a covariate has taken its share out.
    var adjusted: ArmSummary? = nil
    var varianceReduction: Double? = nil

    /// What tests compare.
    var compared: ArmSummary { adjusted ?? measured }
}

/// The variants of one metric beside each other.
struct ArmComparison {
    let arms: [ArmEstimate]
    /// The weight of the covariate; nil without one, and where it does not vary.
    let theta: Double?
}

/// The cells of one metric, summed over the days whose units count.
struct FoldedArms {
    struct Slice {
        let number: Int
        let value: String?
        let isOther: Bool

        init(number: Int, _ value: Slices.Slice.Value) {
            self.number = number
            switch value {
            case .text(let text): (self.value, isOther) = (text.text, false)
            case .missing: (self.value, isOther) = (nil, false)
            case .other: (self.value, isOther) = (nil, true)
            }
        }
    }

    private struct Key: Hashable {
        let slice: Int
        let variant: Int
    }

    private let plan: MetricPlan
    private let variants: Int
    /// By the group of the units, of metrics whose units stand in groups; else one.
    private var cells: [Key: [Cell]] = [:]
    private(set) var openUnits: Int64 = 0
    let slices: [Slice]
    private let keepsEarlyUnits: Bool
    /// What the percentile of the cap has come to.
    private(set) var capValue: Double?

    /// - Parameters:
    ///   - number: of the metric among those that are folded.
    ///   - slices: those beside that of all units.
    ///   - hasCohorts: whether early units are wanted for themselves too.
    ///   - fold: nil reads nothing.
    init(
        _ plan: MetricPlan,
        number: Int,
        variants: Int,
        asOf: Timestamp,
        includesOpen: Bool,
        slices: [Slice],
        hasCohorts: Bool,
        of fold: Int64?,
        in transaction: any Transaction
    ) throws {
        self.plan = plan
        self.variants = variants
        self.slices = slices
        let lastDay = plan.maturesAfter.map { DayCells.lastMatureDay(at: asOf, maturesAfter: $0) }
        keepsEarlyUnits = hasCohorts && plan.form.keepsEarlyUnits
        let numbers = [0] + slices.map(\.number) + (keepsEarlyUnits ? [EarlyUnits.slice] : [])
        let found =
            try fold.map { fold in
                try ExperimentFoldStore.cells(of: number, plan.form, slices: numbers, fold: fold, in: transaction)
            } ?? []
        for (key, days) in found where key.variant < variants {
            let cell = days.sum(plan.form, through: includesOpen ? nil : lastDay)
            if !cell.isEmpty { cells[Key(slice: key.slice, variant: key.variant), default: []].append(cell) }
            if key.slice == 0, let lastDay { openUnits += days.units(after: lastDay) }
        }
        findCap()
    }

    /// The arms of units that are not those of a fold.
    /// - Parameter arms: the cells of each variant; where the units stand in groups, those of the groups.
    init(_ plan: MetricPlan, arms: [[Cell]]) {
        self.plan = plan
        variants = arms.count
        (slices, keepsEarlyUnits) = ([], false)
        for (variant, found) in arms.enumerated() { cells[Key(slice: 0, variant: variant)] = found }
        findCap()
    }

    private mutating func findCap() {
        guard case .percentile(let percentile, let ignoringZeros) = plan.metric.cap,
            case .binnedMoments(let shape) = plan.form
        else { return }
        let arms = (0..<variants).map { binned(Key(slice: 0, variant: $0), shape) }
        capValue = BinnedMoments.cap(at: percentile, over: arms, ignoringZeros: ignoringZeros)
    }

    /// All units.
    var comparison: ArmComparison { comparison(in: 0) }

    /// Those who came first, and those who came later; nil where they are not kept apart, or it is not asked for.
    var cohorts: Cohorts? {
        guard keepsEarlyUnits else { return nil }
        let (early, all) = (keys(of: EarlyUnits.slice), keys(of: 0))
        switch plan.form {
        case .moments(let shape):
            let later = zip(all, early).map { moments($0, shape).without(moments($1, shape)) }
            return Cohorts(
                early: compare(early.map { moments($0, shape) }, shape).arms,
                later: compare(later, shape).arms
            )
        case .binnedMoments(let shape):
            let capped = { (moments: BinnedMoments) in capValue.map { moments.capped(at: $0) } ?? moments.uncapped }
            let earlyMoments = early.map { capped(binned($0, shape)) }
            let later = zip(all, earlyMoments).map { capped(binned($0, shape)).without($1) }
            return Cohorts(early: compare(earlyMoments, shape).arms, later: compare(later, shape).arms)
        case .distribution, .groupedDistribution: return nil
        }
    }

    /// The units that were exposed soon after the start, and the others.
    struct Cohorts {
        let early: [ArmEstimate]
        let later: [ArmEstimate]

        /// - Parameters: the indexes of the arms.
        func novelty(of treatment: Int, control: Int) -> NoveltyTest? {
            NoveltyTest.compare(
                early: NoveltyTest.Arms(control: early[control].compared, treatment: early[treatment].compared),
                later: NoveltyTest.Arms(control: later[control].compared, treatment: later[treatment].compared)
            )
        }
    }

    private func keys(of slice: Int) -> [Key] { (0..<variants).map { Key(slice: slice, variant: $0) } }

    /// The units of a slice. A percentile of the cap is that of all units also here.
    func comparison(in slice: Int) -> ArmComparison {
        let keys = keys(of: slice)
        switch plan.form {
        case .moments(let shape): return compare(keys.map { moments($0, shape) }, shape)
        case .binnedMoments(let shape):
            // Without a number to take the percentile of, all are 0 and nothing is capped.
            return compare(
                keys.map { key in capValue.map { binned(key, shape).capped(at: $0) } ?? binned(key, shape).uncapped },
                shape
            )
        case .distribution:
            return quantiles(keys) { p, groups in Quantile.estimate(p, counts: groups.first ?? BinCounts()) }
        case .groupedDistribution:
            return quantiles(keys) { p, groups in ClusteredQuantile.estimate(p, groups: groups) }
        }
    }

    private func compare(_ arms: [JointMoments], _ shape: JointMoments.Shape) -> ArmComparison {
        guard shape.contains(.covariate) else {
            return ArmComparison(arms: arms.map { ArmEstimate(measured: $0.summary) }, theta: nil)
        }
        let (adjustment, adjusted) = CovariateAdjustment.adjust(arms)
        return ArmComparison(
            arms: adjusted.map { arm in
                ArmEstimate(
                    measured: arm.measured,
                    adjusted: arm.summary,
                    varianceReduction: arm.varianceReduction
                )
            },
            theta: adjustment.theta
        )
    }

    private func quantiles(_ keys: [Key], _ estimate: (Double, [BinCounts]) -> QuantileArm) -> ArmComparison {
        let arms = keys.map { key in
            let groups = (cells[key] ?? []).compactMap { cell -> BinCounts? in
                if case .distribution(let counts) = cell { counts } else { nil }
            }
            return ArmEstimate(measured: estimate(quantile, groups).summary)
        }
        return ArmComparison(arms: arms, theta: nil)
    }

    private var quantile: Double {
        switch plan.metric.measurement {
        case .eventQuantile(let quantile, _, _), .unitQuantile(let quantile, _, _): quantile
        default: 0.5
        }
    }

    private func moments(_ key: Key, _ shape: JointMoments.Shape) -> JointMoments {
        if case .moments(let moments) = cells[key]?.first { moments } else { JointMoments(shape) }
    }

    private func binned(_ key: Key, _ shape: JointMoments.Shape) -> BinnedMoments {
        if case .binnedMoments(let moments) = cells[key]?.first { moments } else { BinnedMoments(shape) }
    }
}

extension JointMoments {
    fileprivate func without(_ some: JointMoments) -> JointMoments {
        var rest = self
        rest.subtract(some)
        return rest
    }
}
