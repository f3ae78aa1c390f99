import HooklineEvents
public import HooklinePrimitives
import HooklineStorage
import Synchronization

extension Experiments {
    /// The variant of a unit. Records the exposure, once per unit and version, unless the request says otherwise; the
    /// answer comes after that is durable.
    ///
    /// - Throws: `ExperimentError.invalid` where the request lacks the unit that the experiment randomises.
    public func allocate(_ request: AllocationRequest, in id: Identifier) async throws -> AllocationAnswer {
        let (prepared, exposed) = try await database.read { transaction in
            let prepared = try cache.current(id, store, transaction)
            let unit = try request.unit(of: prepared.experiment.definition.unit)
            let exposed = try store.isExposed(unit, to: prepared.experiment, in: transaction)
            return (prepared, exposed)
        }
        let experiment = prepared.experiment
        let unit = try request.unit(of: experiment.definition.unit)
        // The revision is part of the name: an exposure that was overtaken by a pause does not count, and after the
        // pause it must be possible to record it again.
        let name = DerivedIdentifier.make("exposure", id.text, "\(experiment.revision)", unit.text)
        let isKnown = exposed || cache.wasExposed(name)
        let decision = AllocationDecision(experiment, prepared.allocation, unit: unit, isExposed: isKnown)
        guard decision.isInExperiment, request.expose, !isKnown else {
            return decision.answer(isExposed: decision.isInExperiment && isKnown)
        }
        _ = try await log.append([exposure(of: request, name, to: decision.variant, in: experiment)])
        cache.noteExposed(name)
        return decision.answer(isExposed: true)
    }

    private func exposure(
        of request: AllocationRequest,
        _ name: Identifier,
        to variant: Identifier,
        in experiment: Experiment
    ) -> EngagementEvent {
        var properties: JSONObject = ["experiment_id": .string(experiment.id.text), "variant": .string(variant.text)]
        if case .attribute(let attribute) = experiment.definition.unit, let value = request.attributes[attribute] {
            properties.append(attribute.text, .string(value.text))
        }
        for dimension in experiment.definition.dimensions {
            if let value = request.attributes[dimension] { properties.append(dimension.text, .string(value.text)) }
        }
        return EngagementEvent(
            id: name,
            type: ExperimentEvents.exposure,
            userID: request.userID,
            contentID: request.contentID,
            occurredAt: clock.now(),
            properties: JSON.object(properties).text
        )
    }
}

/// What a unit is shown: a function of the experiment, the unit, and whether the unit was exposed before.
struct AllocationDecision {
    let experiment: Experiment
    let unit: Identifier
    let variant: Identifier
    let reason: AllocationAnswer.Reason

    init(_ experiment: Experiment, _ allocation: Allocation, unit: Identifier, isExposed: Bool) {
        self.experiment = experiment
        self.unit = unit
        let allocated = allocation.variant(of: unit).map { experiment.definition.variants[$0] }
        let control = experiment.definition.control
        (variant, reason) =
            switch (experiment.state, allocated) {
            case (.draft, _): (control, .draft)
            case (.concluded, _): (experiment.winner ?? control, .concluded)
            case (_, nil): (control, .outsideCoverage)
            case (_, .some(let allocated)) where experiment.halt(of: allocated) != nil: (control, .halted)
            case (.running, .some(let allocated)): (allocated, .allocated)
            case (.paused, .some(let allocated)): isExposed ? (allocated, .allocated) : (control, .paused)
            }
    }

    var isInExperiment: Bool { reason == .allocated }

    func answer(isExposed: Bool) -> AllocationAnswer {
        AllocationAnswer(
            experiment: experiment.id,
            version: experiment.version,
            unit: unit,
            variant: variant,
            isInExperiment: isInExperiment,
            reason: reason,
            isExposed: isExposed
        )
    }
}

/// Experiments with their buckets, and exposures recorded lately, so that neither is made again for every request.
final class ExperimentCache: Sendable {
    struct Prepared: Sendable {
        let experiment: Experiment
        let allocation: Allocation
    }

    private struct State {
        var experiments: [Identifier: Prepared] = [:]
        var exposed: Set<Identifier> = []
    }

    private let state = Mutex(State())
    private static let maximumExperiments = 500
    private static let maximumExposures = 100_000

    /// The experiment as the database has it now: what was kept is used only where nobody has changed it since.
    func current(_ id: Identifier, _ store: ExperimentStore, _ transaction: any Transaction) throws -> Prepared {
        let revision = try store.revision(of: id, in: transaction)
        let known = state.withLock { $0.experiments[id] }
        if let known, known.experiment.revision == revision { return known }
        let experiment = try store.get(id, in: transaction)
        let prepared = Prepared(experiment: experiment, allocation: experiment.definition.allocation)
        state.withLock { state in
            if state.experiments.count >= Self.maximumExperiments { state.experiments.removeAll() }
            state.experiments[id] = prepared
        }
        return prepared
    }

    func wasExposed(_ name: Identifier) -> Bool {
        state.withLock { $0.exposed.contains(name) }
    }

    func noteExposed(_ name: Identifier) {
        state.withLock { state in
            if state.exposed.count >= Self.maximumExposures { state.exposed.removeAll() }
            state.exposed.insert(name)
        }
    }
}
