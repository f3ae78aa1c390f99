import HooklineEvents
import HooklinePrimitives

/// One version of an experiment, as the fold needs it.
struct MeasuredVersion: Sendable {
    let experiment: Identifier
    let version: Int
    let plan: MeasurementPlan
    /// The positions whose events belong to the version: after the lower bound, up to the upper one.
    let positions: ClosedRange<Int64>
    /// The positions whose exposures bring nobody in, bounded in the same way.
    let pauses: [ClosedRange<Int64>]

    func measures(_ position: Int64) -> Bool {
        position > positions.lowerBound && position <= positions.upperBound
    }

    func isPaused(at position: Int64) -> Bool {
        pauses.contains { position > $0.lowerBound && position <= $0.upperBound }
    }
}

/// What a definition means for the fold. It never changes for a version that has begun.
final class MeasurementPlan: Sendable {
    let unit: ExperimentUnit
    let variants: [Identifier]
    /// The metrics that are folded from events.
    let folded: [Metric]
    /// The indexes among `folded` by the type of event that counts.
    let foldedByType: [Identifier: [Int]]
    private let allocation: Allocation?

    init(_ definition: ExperimentDefinition) {
        unit = definition.unit
        variants = definition.variants
        folded = definition.metrics.filter { $0.kind != .observation }
        var byType: [Identifier: [Int]] = [:]
        for (index, metric) in folded.enumerated() {
            if let event = metric.event { byType[event, default: []].append(index) }
        }
        foldedByType = byType
        allocation = definition.unit == .external ? nil : definition.allocation
    }

    func variant(of unit: Identifier) -> Identifier? {
        allocation?.variant(of: unit).map { variants[$0] }
    }

    func isFolded(_ metric: Identifier) -> Bool {
        folded.contains { $0.name == metric }
    }

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
