public import HooklineEvents
public import HooklinePrimitives
import HooklineStorage

extension Experiments {
    /// Records one number for a variant, durably.
    ///
    /// - Throws: `ExperimentError`, where nothing was recorded.
    @discardableResult
    public func track(
        _ metric: Identifier,
        _ value: Double,
        variant: Identifier,
        user: Identifier? = nil,
        id observation: Identifier? = nil,
        in experiment: Identifier
    ) async throws -> AppendResult {
        let observation = Observation(
            id: observation,
            variant: variant,
            metric: metric,
            measurement: .value(value),
            userID: user
        )
        let recorded = try await record([observation], in: experiment)
        if let refused = recorded.refused.first { throw refused.error }
        return recorded.result
    }

    /// What became of several observations.
    public struct Recorded: Sendable {
        public let result: AppendResult
        /// The index and the reason of each that was refused; the others are recorded.
        public let refused: [(index: Int, error: ExperimentError)]
    }

    /// Records many numbers for variants, durably and together. Those that are wrong are answered one by one.
    ///
    /// - Throws: `ExperimentError.unknownExperiment`, and `wrongState` unless the experiment runs or is paused.
    public func record(_ observations: [Observation], in id: Identifier) async throws -> Recorded {
        let (experiment, observed) = try await database.read { transaction in
            let experiment = try cache.current(id, store, transaction).experiment
            return (experiment, try store.observedMetrics(of: experiment, in: transaction))
        }
        guard experiment.state == .running || experiment.state == .paused else {
            throw ExperimentError.wrongState(experiment.state, accepted: [.running, .paused])
        }
        var rules = ObservationRules(experiment.definition, observed: observed)
        var refused: [(index: Int, error: ExperimentError)] = []
        var events: [EngagementEvent] = []
        let now = clock.now()
        for (index, observation) in observations.enumerated() {
            do throws(ExperimentError) {
                try rules.check(observation)
                events.append(observation.event(of: id, at: now))
            } catch {
                refused.append((index, error))
            }
        }
        return Recorded(result: try await log.append(events), refused: refused)
    }
}

/// What an observation must keep to in one experiment.
struct ObservationRules {
    private let definition: ExperimentDefinition
    private let variants: Set<Identifier>
    private let folded: Set<Identifier>
    private var metrics: Set<Identifier>

    /// - Parameter observed: the metrics that were observed before, declared or not.
    init(_ definition: ExperimentDefinition, observed: Set<Identifier>) {
        self.definition = definition
        variants = Set(definition.variants)
        folded = Set(definition.metrics.filter { $0.kind != .observation }.map(\.name))
        metrics = observed.union(definition.metrics.map(\.name))
    }

    mutating func check(_ observation: Observation) throws(ExperimentError) {
        guard variants.contains(observation.variant) else {
            throw .unknownVariant(observation.variant, accepted: definition.variants)
        }
        guard observation.metric.text.utf8.count <= MetricRules.maximumNameBytes else {
            throw .invalid(
                field: "metric",
                problem:
                    "is \(observation.metric.text.utf8.count) bytes long; accepted are 1 to \(MetricRules.maximumNameBytes)"
            )
        }
        guard !folded.contains(observation.metric) else {
            throw .invalid(
                field: "metric",
                problem:
                    "'\(observation.metric)' is folded from events; accepted is a metric of kind observation or a new name"
            )
        }
        try observation.check()
        guard metrics.contains(observation.metric) || metrics.count < Metric.maximumPerExperiment else {
            throw .invalid(
                field: "metric",
                problem:
                    "'\(observation.metric)' would be one more than the \(Metric.maximumPerExperiment) metrics of an experiment"
            )
        }
        metrics.insert(observation.metric)
    }
}
