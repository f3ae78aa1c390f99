import HooklineExperiments
import HooklinePrimitives

/// The request and the answer of an allocation.
enum AllocationBody {
    static func request(_ json: JSON) throws -> AllocationRequest {
        let body = try JSONField(json).object()
        try body.allowOnly("user_id", "content_id", "attributes", "expose")
        var attributes: [Identifier: Identifier] = [:]
        if let given = try body.optional("attributes")?.object() {
            for (name, value) in given.all {
                // Attributes of other types are for targeting elsewhere; an experiment randomises texts.
                guard case .string = value.value, let key = try? Identifier(name) else { continue }
                attributes[key] = try value.identifier()
            }
        }
        return AllocationRequest(
            userID: try body.optional("user_id")?.identifier(),
            contentID: try body.optional("content_id")?.identifier(),
            attributes: attributes,
            expose: try body.optional("expose")?.bool() ?? true
        )
    }

    static func json(_ answer: AllocationAnswer, _ request: AllocationRequest) -> JSON {
        [
            "experiment_id": .string(answer.experiment.text),
            "user_id": JSON(request.userID),
            "unit": .string(answer.unit.text),
            "variant": .string(answer.variant.text),
            "in_experiment": .bool(answer.isInExperiment),
            "reason": .string(answer.reason.rawValue),
            "version": JSON(answer.version),
            "exposed": .bool(answer.isExposed),
        ]
    }
}
