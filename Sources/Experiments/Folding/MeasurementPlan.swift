import HooklineEvents
import HooklinePrimitives

/// What a definition means for the fold. It never changes for a version that has begun, but for metrics that are added:
/// those come after the others, and so do their measures.
final class MeasurementPlan: Sendable {
    let unit: ExperimentUnit
    let variants: [Identifier]
    /// The properties of an exposure by which units are broken down.
    let dimensions: [Identifier]
    /// The metrics that are folded from events, in their order.
    let metrics: [MetricPlan]
    /// What is added up of each unit.
    let measures: [Measure]
    /// The numbers of the measures by the type of event that counts.
    let measuresByType: [Identifier: [Int]]
    /// How long before an exposure the first event may lie that counts; 0 where nothing looks back.
    let lookBackMilliseconds: Int64
    private let allocation: Allocation?
    private let folded: Set<Identifier>

    /// - Parameter added: metrics that were added after the start, in the order in which they were.
    convenience init(_ definition: ExperimentDefinition, added: [Metric] = []) {
        self.init(
            definition,
            added: added,
            allocation: definition.unit == .external ? nil : definition.allocation
        )
    }

    /// A plan to read results by, which allocates nobody: making the table of buckets costs more than all else.
    convenience init(measuring definition: ExperimentDefinition, added: [Metric] = []) {
        self.init(definition, added: added, allocation: nil)
    }

    private init(_ definition: ExperimentDefinition, added: [Metric], allocation: Allocation?) {
        unit = definition.unit
        variants = definition.variants
        dimensions = definition.dimensions
        var planner = MeasurePlanner()
        metrics = (definition.metrics + added).compactMap { planner.plan($0) }
        measures = planner.measures
        lookBackMilliseconds = planner.measures.map { max(0, -$0.from) }.max() ?? 0
        folded = Set(metrics.map(\.metric.name))
        var byType: [Identifier: [Int]] = [:]
        for (number, measure) in measures.enumerated() {
            for type in Set(measure.selections.map(\.event)) { byType[type, default: []].append(number) }
        }
        measuresByType = byType
        self.allocation = allocation
    }

    func variant(of unit: Identifier) -> Int? { allocation?.variant(of: unit) }

    /// The same by the indexes of the variants.
    func byIndex<Value>(_ values: [Identifier: Value]) -> [Int: Value] {
        var byIndex: [Int: Value] = [:]
        for (variant, value) in values {
            if let index = variants.firstIndex(of: variant) { byIndex[index] = value }
        }
        return byIndex
    }

    func isFolded(_ metric: Identifier) -> Bool { folded.contains(metric) }

    /// Whom an event is about.
    func unit(of event: LoggedEvent) -> Identifier? {
        switch unit {
        case .user: event.userID
        case .content: event.contentID
        case .attribute(let name): EventProperties(event.properties).text(name.text).flatMap { try? Identifier($0) }
        case .external: nil
        }
    }
}

/// Gives the measures of metrics their numbers. Equal ones get the same.
private struct MeasurePlanner {
    private(set) var measures: [Measure] = []
    private var numbers: [Measure: Int] = [:]

    private mutating func number(of measure: Measure) -> Int {
        if let known = numbers[measure] { return known }
        measures.append(measure)
        numbers[measure] = measures.count - 1
        return measures.count - 1
    }

    /// Nil for a metric that is observed.
    mutating func plan(_ metric: Metric) -> MetricPlan? {
        let from = metric.delayMilliseconds
        let until = metric.windowMilliseconds.map { from + $0 }
        var denominator: Int?
        var end = until
        let value: Measure
        switch metric.measurement {
        case .observation: return nil
        case .proportion(let selection), .count(let selection):
            value = Measure(selection, .events, from: from, until: until)
        case .sum(let selection, let property), .mean(let selection, let property):
            value = Measure(selection, .sum(property), from: from, until: until)
        case .ratio(let above, let below):
            value = Measure(above, from: from, until: until)
            denominator = number(of: Measure(below, from: from, until: until))
        case .eventQuantile(_, let selection, let property):
            value = Measure(selection, .distribution(property), from: from, until: until)
        case .unitQuantile(_, let total, _):
            value = Measure(total, from: from, until: until)
        case .retention(let selection, let fromDay, let untilDay):
            end = Int64(untilDay) * Day.milliseconds
            value = Measure(selection, .events, from: Int64(fromDay) * Day.milliseconds, until: end)
        case .funnel(let steps, _):
            value = Measure(steps: steps, from: from, until: until)
        }
        return MetricPlan(
            metric,
            value: number(of: value),
            denominator: denominator,
            covariate: covariate(of: metric, value).map { number(of: $0) },
            maturesAfter: end
        )
    }

    private func covariate(of metric: Metric, _ value: Measure) -> Measure? {
        guard let covariate = metric.covariate else { return nil }
        let from = -covariate.lookBackMilliseconds
        if let total = covariate.total { return Measure(total, from: from, until: 0) }
        guard let selection = value.selections.first else { return nil }
        return Measure(selection, value.amount, from: from, until: 0)
    }
}
