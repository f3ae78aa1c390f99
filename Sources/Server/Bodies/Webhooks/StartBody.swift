import HooklinePrimitives
import HooklineWebhooks

/// The first of the past events that are asked for: one of `since`, `position` and `event_id`.
enum StartBody {
    case at(ReplayRequest.Start)
    case event(Identifier)

    static let fields = ["since", "position", "event_id"]

    init(_ body: JSONFields) throws(FieldError) {
        let given = Self.fields.compactMap { body.optional($0) }
        guard let field = given.first, given.count == 1 else {
            throw FieldError(
                field: body.path.isEmpty ? "since" : body.path,
                problem: given.isEmpty
                    ? "is missing; accepted is one of since, position and event_id"
                    : "is given with another of since, position and event_id; accepted is one of them"
            )
        }
        if body.optional("since") != nil {
            self = .at(.since(try field.timestamp()))
        } else if body.optional("position") != nil {
            self = .at(.position(Int64(try field.integer(in: 0...Int.max))))
        } else {
            self = .event(try field.identifier())
        }
    }

    /// Reads `start` of a new subscription: `"now"`, or an object. Nil is now.
    static func ofSubscription(_ body: JSONFields) throws(FieldError) -> StartBody? {
        guard let field = body.optional("start") else { return nil }
        if let text = field.value.string {
            guard text == "now" else {
                throw field.error(
                    "is not accepted; accepted are \"now\" and an object with since, position or event_id"
                )
            }
            return nil
        }
        let fields = try field.object()
        try fields.allowOnly(oneOf: Self.fields)
        return try StartBody(fields)
    }
}
