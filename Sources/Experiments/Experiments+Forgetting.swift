import HooklineEvents
public import HooklinePrimitives
import HooklineStorage

/// What was forgotten of a user.
public struct ForgottenUser: Sendable {
    /// The events that were taken out of the log.
    public let events: Int
    /// The units that were measured anew, over all experiments: the user, and what else the events were of.
    public let units: Int
    /// Whether nothing of the user is left. What the fold has not come to yet stays: forget again in a moment.
    public let isComplete: Bool
}

extension Experiments {
    /// Takes all events of a user out of the log, and their share out of every result: what the user touched is counted
    /// anew from what is left. Results of concluded experiments change too. It goes on in steps, each of which leaves log
    /// and results in agreement, so that it can be stopped and called again at any time.
    ///
    /// Where the log no longer holds all that a version was measured from, nothing of it is measured anew: a unit that is the
    /// user goes out whole, and what other units have got from the user stays, in sums that do not name the user.
    public func forget(_ user: Identifier) async throws -> ForgottenUser {
        let plans = PlanCache()
        var (events, units) = (0, 0)
        while true {
            let step = try await database.write { try forgetSome(of: user, plans, in: $0) }
            events += step.events
            units += step.units
            if step.events == 0 {
                try await database.write { try StickyBucketStore().remove(user, in: $0) }
                return ForgottenUser(events: events, units: units, isComplete: !step.isMore)
            }
            try Task.checkCancellation()
        }
    }

    private static let eventsPerStep = 5000

    private func forgetSome(
        of user: Identifier,
        _ plans: PlanCache,
        in transaction: any Transaction
    ) throws -> (events: Int, units: Int, isMore: Bool) {
        let position = try store.events.lockedPosition(of: ExperimentProjection.name, in: transaction)
        let events = try store.events.events(
            of: user,
            upTo: position,
            limit: Self.eventsPerStep,
            in: transaction
        )
        guard let first = events.first else {
            let units = try forgetBeyondTheLog(user, plans, in: transaction)
            return (0, units, try store.events.hasEvents(of: user, in: transaction))
        }
        let folds = ExperimentFoldStore(transaction: transaction)
        let removed = try store.events.removed(in: transaction)
        try store.events.remove(events.map(\.position), in: transaction)
        try folds.removeAttributes(at: events.map(\.position))
        var units = 0
        // A past that is looked back on may lie before a version's start: all that begin later are looked at too.
        for measured in try folds.versions(measuring: first.position...Int64.max, plan: plans.plan) {
            units += try forget(
                events,
                of: user,
                in: measured,
                upTo: min(position, measured.positions.upperBound),
                measuresAnew: !removed.reaches(into: measured.needed),
                folds
            )
        }
        return (events.count, units, true)
    }

    private func forget(
        _ events: [LoggedEvent],
        of user: Identifier,
        in measured: MeasuredVersion,
        upTo position: Int64,
        measuresAnew: Bool,
        _ folds: ExperimentFoldStore
    ) throws -> Int {
        var tallies: [Tally: Int64] = [:]
        var observed = try folds.observed(of: measured.fold, users: [user])
        var touched: Set<Identifier> = []
        for event in events where event.position <= position {
            if measuresAnew, let unit = measured.plan.unit(of: event) { touched.insert(unit) }
            if event.type == ExperimentEvents.exposure, let claim = ExposureClaim(event) {
                switch UnitHistory.outcome(of: claim, event, in: measured).0 {
                case .mismatch: tallies[.exposureMismatches, default: 0] -= 1
                case .outsideRun: tallies[.exposuresOutsideRun, default: 0] -= 1
                case .taken, .ignored: break
                }
            }
            if event.type == ExperimentEvents.observation, measured.measures(event.position),
                let (experiment, observation) = Observation.read(event), experiment == measured.experiment
            {
                let isKnown = measured.plan.variants.contains(observation.variant)
                if isKnown, !measured.plan.isFolded(observation.metric) {
                    observed.takeBack(observation)
                } else {
                    tallies[.ignoredObservations, default: 0] -= 1
                }
            }
        }
        let known = try folds.units(touched.sorted(), of: measured.fold)
        let histories = try folds.histories(of: known.keys, in: measured, upTo: position)
        let slices = try folds.slices(of: measured.fold)
        var changes = FoldChanges(measured, tallies: tallies)
        for (unit, before) in known {
            let after = (histories[unit] ?? UnitHistory()).state(of: unit, in: measured, slices)
            if after != before { changes.replace(before, with: after, of: unit) }
        }
        try folds.save(changes, of: measured, clock: folds.clock(of: measured.fold))
        try folds.save(observed, of: measured.fold)
        return changes.units.count
    }

    /// Takes out what is folded of a user where the events are gone that it came from. The observations of one user are
    /// known by their sum only, so those leave the user's name behind them and stay in the moments.
    private func forgetBeyondTheLog(
        _ user: Identifier,
        _ plans: PlanCache,
        in transaction: any Transaction
    ) throws -> Int {
        let removed = try store.events.removed(in: transaction)
        guard removed.through > 0 else { return 0 }
        let folds = ExperimentFoldStore(transaction: transaction)
        var units = 0
        for measured in try folds.versions(measuring: 0...Int64.max, plan: plans.plan)
        where removed.reaches(into: measured.needed) {
            try folds.removeObserved(of: user, fold: measured.fold)
            guard measured.plan.unit == .user, let known = try folds.units([user], of: measured.fold)[user] else {
                continue
            }
            var changes = FoldChanges(measured)
            changes.replace(known, with: UnitState(), of: user)
            try folds.save(changes, of: measured, clock: folds.clock(of: measured.fold))
            units += 1
        }
        return units
    }
}
