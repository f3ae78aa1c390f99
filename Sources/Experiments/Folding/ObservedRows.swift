import HooklinePrimitives
import HooklineStatistics

struct ObservedKey: Hashable {
    let user: Identifier
    let metric: Identifier
    let variant: Identifier
}

struct MomentsKey: Hashable {
    let metric: Identifier
    let variant: Identifier
}

/// The rows of observed metrics that a batch of events reads and changes.
struct ObservedRows {
    private(set) var values: [ObservedKey: ObservedValue] = [:]
    private(set) var moments: [MomentsKey: ClusteredMoments] = [:]
    private(set) var changedValues: Set<ObservedKey> = []
    private(set) var changedMoments: Set<MomentsKey> = []

    // MARK: What the database holds

    mutating func load(_ key: ObservedKey, _ value: ObservedValue) { values[key] = value }
    mutating func load(_ key: MomentsKey, _ loaded: ClusteredMoments) { moments[key] = loaded }

    // MARK: What the fold changes

    mutating func apply(_ observation: Observation) {
        let key = MomentsKey(metric: observation.metric, variant: observation.variant)
        switch observation.measurement {
        case .successes(let successes, let trials):
            update(key) { moments in
                moments.addSingles(1, count: successes)
                moments.addSingles(0, count: trials - successes)
            }
        case .value(let number):
            guard let user = observation.userID else { return update(key) { $0.addSingle(number) } }
            let valueKey = ObservedKey(user: user, metric: observation.metric, variant: observation.variant)
            var value = values[valueKey] ?? ObservedValue()
            update(key) { $0.add(number, toClusterOf: value.count, sum: value.total) }
            value.add(number)
            values[valueKey] = value
            changedValues.insert(valueKey)
        }
    }

    /// Takes an observation back that was applied before.
    mutating func takeBack(_ observation: Observation) {
        guard case .value(let number) = observation.measurement, let user = observation.userID else { return }
        let key = MomentsKey(metric: observation.metric, variant: observation.variant)
        let valueKey = ObservedKey(user: user, metric: observation.metric, variant: observation.variant)
        guard var value = values[valueKey], value.count > 0 else { return }
        update(key) { $0.remove(number, fromClusterOf: value.count, sum: value.total) }
        value.remove(number)
        values[valueKey] = value
        changedValues.insert(valueKey)
    }

    private mutating func update(_ key: MomentsKey, _ change: (inout ClusteredMoments) -> Void) {
        change(&moments[key, default: ClusteredMoments()])
        changedMoments.insert(key)
    }
}
