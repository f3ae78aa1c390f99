public import HooklinePrimitives

/// The types of events that this domain reads and writes in the log.
public enum ExperimentEvents {
    /// A unit was shown its variant. Sent by clients, or written by `allocate`. Properties: `experiment_id`, and
    /// `variant` where the sender knows it.
    public static let exposure: Identifier = "exposure"
    /// A number measured for a variant. Written by `track`, refused from clients.
    public static let observation: Identifier = "hookline.observation"
}

/// What the outbox is told.
extension ExperimentEvents {
    /// An experiment began, or goes on after a pause.
    public static let started: Identifier = "experiment.started"
    /// A started experiment was changed and measures anew.
    public static let versionChanged: Identifier = "experiment.version_changed"
    /// An experiment has ended.
    public static let concluded: Identifier = "experiment.concluded"

    /// What is to be done has changed.
    public static let decided: Identifier = "experiment.decided"
    /// A variant is worse in a guardrail than it may be.
    public static let guardrailBreached: Identifier = "experiment.guardrail_breached"
    /// An arm was stopped while the others go on.
    public static let armHalted: Identifier = "experiment.arm_halted"
    /// The units are not split as was set.
    public static let sampleRatioMismatch: Identifier = "experiment.sample_ratio_mismatch"

    /// - Parameter members: what the event tells beside where the experiment stands.
    static func payload(_ experiment: Experiment, _ members: JSONObject = [:]) -> RawJSON {
        let definition = experiment.definition
        var json: JSONObject = [
            "experiment_id": JSON(definition.id),
            "name": .string(definition.name),
            "state": .string(experiment.state.rawValue),
            "version": JSON(experiment.version),
            "variants": .array(definition.variants.map { JSON($0) }),
            "control": JSON(definition.control),
            "winner": JSON(experiment.winner),
            "started_at": JSON(experiment.startedAt),
            "concluded_at": JSON(experiment.concludedAt),
        ]
        for member in members { json.append(member.key, member.value) }
        return RawJSON(unchecked: JSON.object(json).encoded())
    }
}

extension ExperimentEvents {
    /// What is wrong with the properties of an exposure that a client sends, nil where nothing is.
    public static func problem(inExposure properties: String?) -> FieldError? {
        let texts = EventProperties(properties).texts(["experiment_id"])
        guard let id = texts[0] else {
            return FieldError(
                field: "properties.experiment_id",
                problem: "is missing or no text; an exposure names the experiment that it is of"
            )
        }
        guard (try? Identifier(id, maximumBytes: ExperimentRules.maximumIDBytes)) != nil else {
            return FieldError(field: "properties.experiment_id", problem: "is no identifier of an experiment")
        }
        return nil
    }
}
