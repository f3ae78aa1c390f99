import HooklineEvents
public import HooklinePrimitives
import HooklineStorage

/// The results of an experiment that was run elsewhere.
public struct ImportedExperiment: Sendable {
    public struct Arm: Sendable {
        public let variant: Identifier
        public let trials: Int64
        public let successes: Int64

        public init(variant: Identifier, trials: Int64, successes: Int64) {
            self.variant = variant
            self.trials = trials
            self.successes = successes
        }
    }

    public let id: Identifier
    public let name: String
    public let description: String
    public let metric: Identifier
    /// Nil takes the variant named `control`, or else the first.
    public let control: Identifier?
    public let arms: [Arm]

    public init(
        id: Identifier,
        name: String,
        description: String = "",
        metric: Identifier,
        control: Identifier? = nil,
        arms: [Arm]
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.metric = metric
        self.control = control
        self.arms = arms
    }

    /// An experiment that somebody else has dealt out, in equal shares.
    func definition() throws(ExperimentError) -> ExperimentDefinition {
        try ExperimentDefinition(
            id: id,
            name: name,
            description: description,
            variants: arms.map(\.variant),
            metrics: [Metric(metric, .observation)],
            unit: .external,
            control: control
        )
    }

    /// The counts, under ids that make importing them twice the same as once.
    func observations() throws(ExperimentError) -> [Observation] {
        var observations: [Observation] = []
        for (index, arm) in arms.enumerated() {
            let observation = Observation(
                id: DerivedIdentifier.make(
                    "import",
                    arm.variant.text,
                    metric.text,
                    "\(arm.trials)",
                    "\(arm.successes)"
                ),
                variant: arm.variant,
                metric: metric,
                measurement: .successes(arm.successes, ofTrials: arm.trials)
            )
            do throws(ExperimentError) {
                try observation.check()
            } catch .invalid(let field, let problem) {
                throw .invalid(field: "arms[\(index)].\(field)", problem: problem)
            }
            observations.append(observation)
        }
        return observations
    }
}

extension Experiments {
    /// What became of one imported experiment.
    public enum ImportOutcome: Sendable, Equatable {
        /// It is there now, concluded, with its counts in the log.
        case imported
        /// It was there before, with this definition; nothing was added.
        case unchanged
        /// It was not imported.
        case refused(ExperimentError)
    }

    /// The most experiments of one call.
    public static let maximumImports = 1000

    /// Creates one concluded experiment for each, with its counts in the log, and announces nothing. Answers their outcomes in order, and the log
    /// position that covers them.
    ///
    /// An import that was cut off is completed by repeating it: the experiments begin in one transaction, the counts
    /// follow under ids of their own, and a last transaction concludes.
    public func importResults(
        _ imports: [ImportedExperiment]
    ) async throws -> (outcomes: [ImportOutcome], position: Int64?) {
        var outcomes = [ImportOutcome](repeating: .unchanged, count: imports.count)
        var accepted: [(index: Int, definition: ExperimentDefinition, observations: [Observation])] = []
        for (index, imported) in imports.enumerated() {
            do throws(ExperimentError) {
                accepted.append((index, try imported.definition(), try imported.observations()))
            } catch {
                outcomes[index] = .refused(error)
            }
        }
        let definitions = accepted.map(\.definition)
        let now = clock.now()
        let begun = try await database.write { try begin(definitions, at: now, in: $0) }
        var events: [EngagementEvent] = []
        for (item, outcome) in zip(accepted, begun) {
            outcomes[item.index] = outcome
            guard outcome == .imported else { continue }
            events += item.observations.map { $0.event(of: item.definition.id, at: now) }
        }
        let appended = try await log.append(events)
        let ids = zip(accepted, begun).filter { $1 == .imported }.map(\.0.definition.id)
        try await database.write { transaction in
            for id in ids {
                let imported = try carryOut(.conclude, id, at: now, in: transaction).experiment
                try note(.imported, imported, at: now, in: transaction)
            }
        }
        return (outcomes, appended.position)
    }

    private func begin(
        _ definitions: [ExperimentDefinition],
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> [ImportOutcome] {
        try definitions.map { definition in
            if let known = try store.find(definition.id, in: transaction) {
                guard known.definition == definition else { return .refused(.exists(definition.id)) }
                // Still running, an earlier import was cut off.
                return known.state == .concluded ? .unchanged : .imported
            }
            _ = try store.add(definition, at: now, in: transaction)
            _ = try carryOut(.start, definition.id, at: now, in: transaction)
            return .imported
        }
    }
}
