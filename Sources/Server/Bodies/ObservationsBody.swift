import HooklineExperiments
import HooklinePrimitives

/// The body of `POST /v1/experiments/{id}/observations`: one observation or an array of them.
struct ObservationsBody {
    /// Those that can be read, with their place in the body.
    private(set) var observations: [(index: Int, observation: Observation)] = []
    private(set) var rejected: [Rejection] = []

    /// - Throws: `FieldError` where the body is neither, or a single observation cannot be read.
    init(_ json: JSON, now: Timestamp) throws {
        let field = JSONField(json)
        guard case .array = json else {
            observations = [(0, try Self.observation(field, now))]
            return
        }
        for (index, element) in try field.elements().enumerated() {
            do {
                observations.append((index, try Self.observation(element, now)))
            } catch let error as FieldError {
                // The path begins with the index, which the answer gives apart.
                let prefix = "[\(index)]"
                let path = error.field.hasPrefix(prefix) ? error.field.dropFirst(prefix.count) : error.field[...]
                let name = path.first == "." ? path.dropFirst() : path
                rejected.append(Rejection(index: index, field: String(name), problem: error.problem))
            }
        }
    }

    private static func observation(_ field: JSONField, _ now: Timestamp) throws -> Observation {
        let fields = try field.object()
        try fields.allowOnly("variant", "metric", "value", "trials", "successes", "id", "user_id", "timestamp")
        let measurement: Observation.Measurement
        if fields.optional("trials") != nil || fields.optional("successes") != nil {
            guard fields.optional("value") == nil else {
                throw try fields.required("value").error("and trials exclude each other")
            }
            measurement = .successes(
                Int64(try fields.required("successes").integer()),
                ofTrials: Int64(try fields.required("trials").integer())
            )
        } else {
            measurement = .value(try fields.required("value").double())
        }
        let id = try fields.optional("id")?.identifier()
        let moment = try fields.optional("timestamp")?.timestamp()
        if let moment { try UntimedEvent.check(moment, receivedAt: now) }
        return Observation(
            id: id,
            variant: try fields.required("variant").identifier(maximumBytes: ExperimentRules.maximumVariantBytes),
            metric: try fields.required("metric").identifier(maximumBytes: MetricRules.maximumNameBytes),
            measurement: measurement,
            userID: try fields.optional("user_id")?.identifier(),
            occurredAt: moment
        )
    }
}
