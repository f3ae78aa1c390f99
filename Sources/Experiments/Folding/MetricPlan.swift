import HooklinePrimitives
import HooklineStatistics

/// How a metric is made of the measures of a unit. It never changes, and the fold asks it for every event: so it is
/// shared, not copied.
final class MetricPlan: Sendable {
    let metric: Metric
    /// The numbers of the measures: of the value or numerator, of the denominator, and of the covariate.
    let value: Int
    let denominator: Int?
    let covariate: Int?
    /// How long after a unit's exposure nothing more can count; nil without an end. The unit is mature then.
    let maturesAfter: Int64?

    /// The numbers of all of them.
    let measures: [Int]
    let form: Form

    /// What is kept of all units together.
    enum Form: Equatable {
        case moments(JointMoments.Shape)
        /// Bins of the value, because the cap is a percentile of it.
        case binnedMoments(JointMoments.Shape)
        case distribution
        /// The units stand in groups, because the events of one are dependent.
        case groupedDistribution

        /// Whether early units are kept apart too (`EarlyUnits`): those of which there are moments.
        var keepsEarlyUnits: Bool {
            switch self {
            case .moments, .binnedMoments: true
            case .distribution, .groupedDistribution: false
            }
        }
    }

    init(_ metric: Metric, value: Int, denominator: Int?, covariate: Int?, maturesAfter: Int64?) {
        self.metric = metric
        self.value = value
        self.denominator = denominator
        self.covariate = covariate
        self.maturesAfter = maturesAfter
        measures = [value] + [denominator, covariate].compactMap(\.self)
        form = Form(metric, hasDenominator: denominator != nil, hasCovariate: covariate != nil)
    }

    /// What a unit with these values brings in.
    func contribution(_ values: [MeasureValue]) -> Contribution {
        let value = values[value]
        switch metric.measurement {
        case .observation: return .nothing
        case .proportion, .retention: return joint(value.counted > 0 ? 1 : 0, values)
        case .count, .sum: return joint(value.total, values)
        case .mean: return value.counted > 0 ? joint(value.total / Double(value.counted), values) : .nothing
        case .ratio(let above, let below):
            let denominator = denominator.map { values[$0].total } ?? 0
            return joint(capped(value.total, above.cap), values, denominator: capped(denominator, below.cap))
        case .eventQuantile:
            guard case .distribution(let counts, _) = value, counts.total > 0 else { return .nothing }
            return .distribution(counts)
        case .unitQuantile(_, let total, let ignoringZeros):
            let number = capped(value.total, total.cap)
            return ignoringZeros && number == 0 ? .nothing : .number(number)
        case .funnel(let steps, let base):
            let reached = Int(value.counted)
            let through: Double = reached == steps.count ? 1 : 0
            guard base == .previousStep else { return joint(through, values) }
            return joint(through, values, denominator: reached >= steps.count - 1 ? 1 : 0)
        }
    }

    private func joint(_ number: Double, _ values: [MeasureValue], denominator: Double? = nil) -> Contribution {
        let covariate = covariate.map { covariateNumber(values[$0]) }
        switch metric.cap {
        case .value(let cap): return .joint(y: min(number, cap), d: denominator, x: covariate)
        // Which number the percentile is, is known only when all units are looked at.
        case nil, .percentile: return .joint(y: number, d: denominator, x: covariate)
        }
    }

    /// The covariate is what the metric itself would have been before the exposure, unless it is said otherwise.
    private func covariateNumber(_ value: MeasureValue) -> Double {
        let covariate = metric.covariate
        switch metric.measurement {
        case .proportion, .retention:
            if covariate?.total == nil { return value.counted > 0 ? 1 : 0 }
        default: break
        }
        return capped(value.total, covariate?.cap)
    }

    private func capped(_ number: Double, _ cap: Double?) -> Double { cap.map { min(number, $0) } ?? number }
}

extension MetricPlan.Form {
    fileprivate init(_ metric: Metric, hasDenominator: Bool, hasCovariate: Bool) {
        var shape: JointMoments.Shape = []
        if hasDenominator { shape.insert(.denominator) }
        if hasCovariate { shape.insert(.covariate) }
        // Of those who came as far as the step before.
        if case .funnel(_, base: .previousStep) = metric.measurement { shape.insert(.denominator) }
        switch metric.measurement {
        case .eventQuantile: self = .groupedDistribution
        case .unitQuantile: self = .distribution
        default:
            if case .percentile = metric.cap { self = .binnedMoments(shape) } else { self = .moments(shape) }
        }
    }
}

/// What one unit brings into a metric.
enum Contribution: Equatable {
    case nothing
    /// The value or numerator, the denominator, and the covariate; nil for what the metric does not have.
    case joint(y: Double, d: Double?, x: Double?)
    /// One number of a distribution.
    case number(Double)
    /// Many numbers of a distribution.
    case distribution(BinCounts)
}
