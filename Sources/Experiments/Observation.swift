import HooklineEvents
public import HooklinePrimitives

/// A number that was measured for a variant, without events to fold it from.
public struct Observation: Sendable {
    public enum Measurement: Sendable, Equatable {
        /// One number.
        case value(Double)
        /// Many zeros and ones at once: how often it was tried, and how often it succeeded.
        case successes(Int64, ofTrials: Int64)
    }

    /// Deduplicates, as an event's id does.
    public var id: Identifier?
    public var variant: Identifier
    public var metric: Identifier
    public var measurement: Measurement
    /// Observations of one user are dependent: they count as one cluster in the standard error.
    public var userID: Identifier?
    /// When it was measured; nil for now.
    public var occurredAt: Timestamp?

    public init(
        id: Identifier? = nil,
        variant: Identifier,
        metric: Identifier,
        measurement: Measurement,
        userID: Identifier? = nil,
        occurredAt: Timestamp? = nil
    ) {
        self.id = id
        self.variant = variant
        self.metric = metric
        self.measurement = measurement
        self.userID = userID
        self.occurredAt = occurredAt
    }

    /// The largest magnitude of a value, for the reason given at `MetricRules`.
    public static let maximumMagnitude = 1e90
    /// The most trials of one observation.
    public static let maximumTrials: Int64 = 1_000_000_000_000

    /// - Throws: `ExperimentError.invalid`, naming the field.
    func check() throws(ExperimentError) {
        switch measurement {
        case .value(let value):
            guard value.isFinite, abs(value) <= Self.maximumMagnitude else {
                throw .invalid(
                    field: "value",
                    problem: "is \(value); accepted is a finite number of at most \(Self.maximumMagnitude) in magnitude"
                )
            }
        case .successes(let successes, let trials):
            guard (0...Self.maximumTrials).contains(trials) else {
                throw .invalid(field: "trials", problem: "is \(trials); accepted are 0 to \(Self.maximumTrials)")
            }
            guard (0...trials).contains(successes) else {
                throw .invalid(field: "successes", problem: "is \(successes); accepted are 0 to the \(trials) trials")
            }
            guard userID == nil else {
                throw .invalid(field: "user_id", problem: "has no use for aggregated trials, which are of many users")
            }
        }
    }
}

/// How observations stand in the log.
extension Observation {
    func event(of experiment: Identifier, at now: Timestamp) -> EngagementEvent {
        let measured: JSONObject
        switch measurement {
        case .value(let value):
            measured = ["value": .number(value)]
        case .successes(let successes, let trials):
            measured = ["trials": .integer(trials), "successes": .integer(successes)]
        }
        var properties: JSONObject = [
            "experiment_id": .string(experiment.text), "variant": .string(variant.text), "metric": .string(metric.text),
        ]
        for member in measured { properties.append(member.key, member.value) }
        return EngagementEvent(
            // An id is the sender's own within an experiment, and cannot meet that of an event.
            id: id.map { DerivedIdentifier.make("observation", experiment.text, $0.text) },
            type: ExperimentEvents.observation,
            userID: userID,
            occurredAt: occurredAt ?? now,
            properties: JSON.object(properties).text
        )
    }

    /// Reads what `event(of:at:)` has written, nil for anything else.
    static func read(_ event: LoggedEvent) -> (experiment: Identifier, observation: Observation)? {
        let properties = EventProperties(event.properties)
        let texts = properties.texts(["experiment_id", "variant", "metric"])
        guard let experiment = texts[0], let variant = texts[1], let metric = texts[2] else { return nil }
        let numbers = properties.numbers(["value", "trials", "successes"])
        let measurement: Measurement
        if let value = numbers[0] {
            measurement = .value(value)
        } else if let trials = numbers[1], let successes = numbers[2] {
            // Whole numbers of this size are exact as doubles.
            measurement = .successes(Int64(successes), ofTrials: Int64(trials))
        } else {
            return nil
        }
        let observation = Observation(
            variant: Identifier(unchecked: variant),
            metric: Identifier(unchecked: metric),
            measurement: measurement,
            userID: event.userID
        )
        return (Identifier(unchecked: experiment), observation)
    }
}
