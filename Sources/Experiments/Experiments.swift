public import HooklineEvents
public import HooklinePrimitives
public import HooklineStorage

/// Experiments: define them, ask who sees what, record what happens, read what came of it.
///
///     let experiments = Experiments(database: database, log: log)
///     _ = try await experiments.create(
///         ExperimentDefinition(id: "hook_test_v1", name: "Hook variation", variants: ["control", "variant_a"]))
///     _ = try await experiments.start("hook_test_v1")
///     let answer = try await experiments.allocate(AllocationRequest(userID: "user_456"), in: "hook_test_v1")
///     _ = try await experiments.track("engagement_rate", 0.22, variant: answer.variant, in: "hook_test_v1")
///     let results = try await experiments.results(of: "hook_test_v1", ResultsRequest(metric: "engagement_rate"))
///
/// Results follow the log with a delay, as `ExperimentProjection` folds it.
public struct Experiments: Sendable {
    let database: any Database
    let store: ExperimentStore
    let log: EventLog
    let outbox: Outbox
    let clock: WallClock
    let logSpan: LogSpan
    /// Who does what is done.
    var actor = AuditActor.library
    let cache = ExperimentCache()
    /// For what runs again and again.
    let plans = PlanCache()
    let validations = RunningValidation()
    let finals = FinalExperiments()

    /// - Parameters:
    ///   - database: with the tables of `EventMigrations`, `OutboxMigrations` and `ExperimentMigrations`.
    ///   - log: where exposures and observations are written.
    ///   - outbox: where changes are announced; nil makes one on the same database.
    ///   - logRetentionMilliseconds: how long the log keeps events, nil for ever. Metrics that reach further are refused.
    ///   - clock: the time of changes.
    public init(
        database: any Database,
        log: EventLog,
        outbox: Outbox? = nil,
        logRetentionMilliseconds: Int64? = nil,
        clock: WallClock = .system
    ) {
        self.database = database
        self.log = log
        self.outbox = outbox ?? Outbox(database, clock: clock)
        self.clock = clock
        logSpan = LogSpan(milliseconds: logRetentionMilliseconds)
        store = ExperimentStore(database)
    }

    // MARK: Definitions

    /// Adds a draft.
    ///
    /// - Throws: `ExperimentError.exists`, and `invalid`, naming the field.
    public func create(_ definition: ExperimentDefinition) async throws -> Experiment {
        try ExperimentRules.check(definition)
        try logSpan.check(definition.metrics)
        let now = clock.now()
        return try await database.write { try add(definition, at: now, in: $0) }
    }

    private func add(
        _ definition: ExperimentDefinition,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Experiment {
        let experiment = try store.add(definition, at: now, in: transaction)
        try note(.created, experiment, at: now, in: transaction)
        return experiment
    }

    /// Adds a draft that compares `metrics` in place of those that stand in the definition. Named ones are taken as they
    /// stand now, and kept so.
    ///
    /// - Throws: `ExperimentError.exists`, and `invalid`, naming the field.
    public func create(
        _ definition: ExperimentDefinition,
        comparing metrics: [MetricChoice]
    ) async throws -> Experiment {
        let now = clock.now()
        return try await database.write { transaction in
            var definition = definition
            definition.metrics = try store.metrics.resolve(metrics, in: transaction)
            try ExperimentRules.check(definition)
            try logSpan.check(definition.metrics)
            return try add(definition, at: now, in: transaction)
        }
    }

    /// - Throws: `ExperimentError.unknownExperiment`.
    public func get(_ id: Identifier) async throws -> Experiment {
        try await store.get(id)
    }

    /// In the order of ids.
    public func list(_ page: PageRequest = PageRequest(), state: ExperimentState? = nil) async throws -> Page<
        Experiment
    > {
        try await store.list(page, state: state)
    }

    /// Changes a definition. Anything but names, changed after the start, makes a new version that measures from now
    /// on: compare the version of the answer.
    ///
    /// - Throws: `ExperimentError.wrongState` for a concluded experiment, but for its names.
    public func change(_ id: Identifier, _ change: ExperimentChange) async throws -> Experiment {
        let now = clock.now()
        let changed = try await retrying {
            try await database.write { transaction in
                let experiment = try store.get(id, in: transaction)
                let used = experiment.definition.metrics + experiment.added.map(\.metric)
                let metrics = try change.metrics.map { choices in
                    try store.metrics.resolve(choices, alreadyUsed: used, in: transaction)
                }
                var definition = try change.applied(to: experiment.definition, metrics: metrics)
                try logSpan.check(metrics ?? [], besides: used)
                if !definition.measuresLike(experiment.definition) {
                    // What was added to this version is part of the next from its start.
                    let known = Set(definition.metrics.map(\.name))
                    definition.metrics += experiment.added.map(\.metric).filter { !known.contains($0.name) }
                }
                if experiment.state == .concluded, !definition.measuresLike(experiment.definition) {
                    throw ExperimentError.wrongState(.concluded, accepted: [.draft, .running, .paused])
                }
                let changed = try store.change(experiment, to: definition, at: now, in: transaction)
                let fields = definition.fields(changedFrom: experiment.definition)
                if !fields.isEmpty {
                    let detail: JSONObject = ["fields": .array(fields.map { .string($0) })]
                    try note(.changed, changed, detail, at: now, in: transaction)
                }
                if changed.version != experiment.version {
                    try announce(ExperimentEvents.versionChanged, changed, at: now, in: transaction)
                }
                return changed
            }
        }
        announceChanges()
        return changed
    }

    /// Adds a metric to an experiment that has begun, without a new version: it is measured from the start of the current
    /// one, in the background and while events go on coming, also after the experiment was concluded. It is told apart
    /// from those that were there before anybody saw a result.
    ///
    /// - Throws: `ExperimentError.wrongState` for a draft, whose definition can be changed; `invalid`; `logTooShort`.
    public func addMetric(_ metric: Metric, to id: Identifier) async throws -> Experiment {
        try await addMetric(.metric(metric), to: id)
    }

    /// The same with a metric that may be a named one, which is taken as it stands now.
    public func addMetric(_ choice: MetricChoice, to id: Identifier) async throws -> Experiment {
        let now = clock.now()
        let experiment = try await retrying {
            try await database.write { transaction in
                let experiment = try store.get(id, in: transaction)
                guard experiment.state != .draft else {
                    throw ExperimentError.wrongState(.draft, accepted: [.running, .paused, .concluded])
                }
                let metric = try store.metrics.resolve(choice, "", in: transaction)
                try ExperimentRules.check(added: metric, to: experiment)
                try logSpan.check(metric, "")
                let observed = try store.observedMetrics(of: experiment, in: transaction)
                guard !observed.contains(metric.name) else {
                    throw ExperimentError.invalid(field: "name", problem: "'\(metric.name)' is observed already")
                }
                let changed = try store.add(metric, to: experiment, at: now, in: transaction)
                try note(.metricAdded, changed, ["metric": JSON(metric.name)], at: now, in: transaction)
                return changed
            }
        }
        database.announce(Self.metricAdded)
        return experiment
    }

    /// Announced when a metric was added that has to be built.
    static let metricAdded = Channel("hookline_metric_added")

    /// Begins, or goes on after a pause. Running already, nothing changes.
    public func start(_ id: Identifier) async throws -> Experiment {
        try await command(.start, id, winner: nil)
    }

    /// Lets no new unit in. Units that were exposed keep their variant and are measured on.
    public func pause(_ id: Identifier) async throws -> Experiment {
        try await command(.pause, id, winner: nil)
    }

    /// Ends the measurement at the log's head of now; every unit sees the winner, or else control, from now on.
    public func conclude(_ id: Identifier, winner: Identifier? = nil) async throws -> Experiment {
        try await command(.conclude, id, winner: winner)
    }

    /// The same, with the winner that the results tell: the variant that is to be shipped, or control where one is to be
    /// rolled back.
    ///
    /// - Throws: `ExperimentError.undecided` where they tell to do neither.
    public func concludeAsDecided(_ id: Identifier) async throws -> Experiment {
        let now = clock.now()
        let experiment = try await retrying {
            try await database.write { transaction in
                let results = try results(of: id, in: transaction)
                let decision = results.decision
                guard let winner = decision.winner(control: results.experiment.definition.control) else {
                    throw ExperimentError.undecided(decision)
                }
                return try perform(.conclude, id, winner: winner, at: now, in: transaction)
            }
        }
        announceChanges()
        return experiment
    }

    private func command(_ command: ExperimentCommand, _ id: Identifier, winner: Identifier?) async throws -> Experiment
    {
        let now = clock.now()
        let experiment = try await retrying {
            try await database.write { transaction in
                try perform(command, id, winner: winner, at: now, in: transaction)
            }
        }
        announceChanges()
        return experiment
    }

    /// Carries out a command in a transaction of the caller's, in which it is announced too.
    public func perform(
        _ command: ExperimentCommand,
        _ id: Identifier,
        winner: Identifier? = nil,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Experiment {
        let (changed, transition) = try carryOut(command, id, winner: winner, at: now, in: transaction)
        switch transition {
        case .begin:
            try note(.started, changed, at: now, in: transaction)
            try announce(ExperimentEvents.started, changed, at: now, in: transaction)
        case .resume:
            try note(.resumed, changed, at: now, in: transaction)
            try announce(ExperimentEvents.started, changed, at: now, in: transaction)
        case .suspend:
            try note(.paused, changed, at: now, in: transaction)
        case .end:
            try note(.concluded, changed, ["winner": JSON(changed.winner)], at: now, in: transaction)
            try announce(ExperimentEvents.concluded, changed, at: now, in: transaction)
        case .none, .refused: break
        }
        return changed
    }

    /// The same, and nobody is told, nor is it noted.
    func carryOut(
        _ command: ExperimentCommand,
        _ id: Identifier,
        winner: Identifier? = nil,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> (experiment: Experiment, transition: ExperimentState.Transition) {
        let experiment = try store.get(id, in: transaction)
        if let winner, !experiment.definition.variants.contains(winner) {
            let accepted = ExperimentRules.list(experiment.definition.variants)
            throw ExperimentError.invalid(
                field: "winner",
                problem: "'\(winner)' is no variant; accepted are \(accepted)"
            )
        }
        let transition = experiment.state.transition(on: command)
        if transition == .none, let winner, winner != experiment.winner {
            throw ExperimentError.wrongState(experiment.state, accepted: [.running, .paused])
        }
        return (try store.apply(transition, to: experiment, winner: winner, at: now, in: transaction), transition)
    }

    /// Tells of a change, in the transaction that makes it. Changes of one experiment arrive in their order, where a
    /// subscription asks for that.
    func announce(
        _ type: Identifier,
        _ experiment: Experiment,
        _ members: JSONObject = [:],
        at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        let event = DomainEvent(
            type: type,
            payload: ExperimentEvents.payload(experiment, members),
            orderingKey: experiment.id,
            occurredAt: now
        )
        try outbox.enqueue(event, in: transaction)
    }

    /// Wakes who tells the world of changes, and who publishes features that name experiments. Call it after the commit.
    func announceChanges() {
        outbox.announce()
        database.announce(FeatureCache.changed)
    }

    /// Tries again what somebody else's change has overtaken.
    func retrying<Result>(_ body: () async throws -> Result) async throws -> Result {
        for _ in 1..<Self.maximumAttempts {
            do {
                return try await body()
            } catch ExperimentError.changedMeanwhile {
                continue
            }
        }
        return try await body()
    }

    private static let maximumAttempts = 5
}
