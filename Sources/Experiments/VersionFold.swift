import HooklineEvents
import HooklinePrimitives
import HooklineStatistics

/// The fold of the log into one version of an experiment: one update per event, in log order.
///
/// It starts from the rows that a batch of events may touch and ends with the rows that changed. What comes out depends
/// on the log and the definition alone, not on where the batches begin and end.
struct VersionFold {
    let measured: MeasuredVersion
    private(set) var rows: FoldedRows
    /// The earlier events of units that are exposed in this batch, in log order.
    private let history: [Identifier: [LoggedEvent]]

    private var plan: MeasurementPlan { measured.plan }

    init(_ measured: MeasuredVersion, rows: FoldedRows, history: [Identifier: [LoggedEvent]]) {
        self.measured = measured
        self.rows = rows
        self.history = history
    }

    /// Folds one event that belongs to the version.
    mutating func apply(_ entry: BatchOfEvents.Entry) {
        switch entry.claim {
        case .exposure(let claim): apply(claim, entry.event)
        case .observation(let observation): apply(observation)
        case nil:
            for index in plan.foldedByType[entry.event.type] ?? [] {
                apply(entry.event, to: plan.folded[index])
            }
        }
    }

    // MARK: Exposures

    private mutating func apply(_ claim: ExposureClaim, _ event: LoggedEvent) {
        guard !measured.isPaused(at: event.position) else {
            return rows.tally(.exposuresOutsideRun, by: 1)
        }
        // Who sees what is a pure function: what the sender claims is only compared with it.
        guard let unit = plan.unit(of: event), let variant = plan.variant(of: unit),
            claim.variant == nil || claim.variant == variant
        else { return rows.tally(.exposureMismatches, by: 1) }

        let known = rows.units[unit]
        if let known, known.exposedAt <= event.occurredAt { return }
        rows.setUnit(unit, FoldedUnit(variant: variant, exposedAt: event.occurredAt))
        if known == nil { rows.tally(.units(variant), by: 1) }
        for metric in plan.folded {
            recount(metric, of: unit, variant, until: event, isNew: known == nil)
        }
    }

    /// Measures a unit anew from the events that the log holds up to this one: those that came before the exposure
    /// was known, or that count now because it was earlier than thought.
    private mutating func recount(
        _ metric: Metric,
        of unit: Identifier,
        _ variant: Identifier,
        until event: LoggedEvent,
        isNew: Bool
    ) {
        var value = MetricValue()
        for earlier in history[unit] ?? [] where earlier.position <= event.position {
            if earlier.type == metric.event, measured.measures(earlier.position),
                metric.counts(earlier.occurredAt, exposedAt: event.occurredAt)
            {
                value.add(earlier, to: metric)
            }
        }
        let key = ValueKey(unit: unit, metric: metric.name, variant: variant)
        set(value, for: key, of: metric, wasMeasured: !isNew)
    }

    // MARK: Events

    private mutating func apply(_ event: LoggedEvent, to metric: Metric) {
        guard let unit = plan.unit(of: event), let known = rows.units[unit],
            metric.counts(event.occurredAt, exposedAt: known.exposedAt)
        else { return }
        let key = ValueKey(unit: unit, metric: metric.name, variant: known.variant)
        var value = rows.values[key] ?? MetricValue()
        value.add(event, to: metric)
        set(value, for: key, of: metric, wasMeasured: true)
    }

    /// Replaces what a unit contributes to a metric.
    private mutating func set(_ value: MetricValue, for key: ValueKey, of metric: Metric, wasMeasured: Bool) {
        let old = rows.values[key] ?? MetricValue()
        let before = wasMeasured ? old.number(of: metric.kind) : nil
        let after = value.number(of: metric.kind)
        if before != after {
            rows.updateMoments(MomentsKey(metric: metric.name, variant: key.variant)) { moments in
                if let before { moments.remove(before) }
                if let after { moments.add(after) }
            }
        }
        if value.ignored != old.ignored { rows.tally(.ignoredValues, by: value.ignored - old.ignored) }
        if value != old { rows.setValue(key, value) }
    }

    // MARK: Observations

    private mutating func apply(_ observation: Observation) {
        guard plan.variants.contains(observation.variant), !plan.isFolded(observation.metric) else {
            return rows.tally(.ignoredObservations, by: 1)
        }
        let key = MomentsKey(metric: observation.metric, variant: observation.variant)
        switch observation.measurement {
        case .successes(let successes, let trials):
            rows.updateClusteredMoments(key) { moments in
                moments.addSingles(1, count: successes)
                moments.addSingles(0, count: trials - successes)
            }
        case .value(let number):
            guard let user = observation.userID else {
                return rows.updateClusteredMoments(key) { $0.addSingle(number) }
            }
            let valueKey = ValueKey(unit: user, metric: observation.metric, variant: observation.variant)
            var value = rows.values[valueKey] ?? MetricValue()
            rows.updateClusteredMoments(key) { moments in
                moments.add(number, toClusterOf: value.events, sum: value.total)
            }
            value.add(number)
            rows.setValue(valueKey, value)
        }
    }
}

/// What an exposure says of itself.
struct ExposureClaim {
    let experiment: Identifier
    /// The variant that the sender has shown; nil where it leaves that to the server.
    let variant: Identifier?

    init?(_ event: LoggedEvent) {
        let texts = EventProperties(event.properties).texts(["experiment_id", "variant"])
        guard let experiment = texts[0] else { return nil }
        self.experiment = Identifier(unchecked: experiment)
        variant = texts[1].map(Identifier.init(unchecked:))
    }
}
