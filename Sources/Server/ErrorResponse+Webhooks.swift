import HTTPTypes
import HooklineEvents
import HooklinePrimitives
import HooklineWebhooks
import Logging

/// What the edge answers to the errors of webhooks and of the outbox.
extension ErrorResponse {
    static func outbox(_ error: OutboxError) -> ErrorResponse {
        switch error {
        case .idReused(let id):
            ErrorResponse(
                Problem(
                    .conflict,
                    "id_reused",
                    "Id in use",
                    "Another event was accepted with the id '\(echoed(id.text))'; send this one with an id of its own."
                )
                .adding { $0.field = "id" }
            )
        case .overloaded: request(.overloaded)
        case .invalid(let field, let what): ErrorResponse(invalid(field: field, "\(field) \(what)"))
        }
    }

    static func webhook(_ error: WebhookError) -> ErrorResponse {
        switch error {
        case .unknownSubscription(let id): unknown("subscription", id)
        case .unknownEvent(let id): unknown("event", id)
        case .unknownDelivery(let id): unknown("delivery", id)
        case .unknownTenant(let id): unknown("tenant", id)
        case .unknownReplay(let id): unknown("replay", id)
        case .unknownEventType(let name, let accepted):
            ErrorResponse(unknownType(name, accepted))
        case .eventTypeExists(let name): exists("event_type", "event type", name, field: "name")
        case .subscriptionExists(let id): exists("subscription", "subscription", id)
        case .tenantExists(let id): exists("tenant", "tenant", id)
        case .eventTypeInUse(let name, let user):
            ErrorResponse(
                Problem(
                    .conflict,
                    "event_type_in_use",
                    "Event type in use",
                    "The event type '\(echoed(name.text))' is used by \(user)."
                )
            )
        case .payloadRefused(let type, let violations): ErrorResponse(payloadRefused(type, violations))
        case .invalid(let field, let what): ErrorResponse(invalid(field: field, "\(field) \(what)"))
        case .tooMany(let what, let maximum):
            ErrorResponse(
                Problem(
                    .conflict,
                    "too_many",
                    "Too many",
                    "There are \(maximum) \(what) already, and no more are accepted."
                )
            )
        case .verificationFailed(let what):
            ErrorResponse(
                Problem(.conflict, "verification_failed", "Not verified", "The receiver is not verified: \(what).")
            )
        case .sealed:
            // What is wrong with the keys is for the log, not for clients.
            ErrorResponse(
                Problem(
                    .serviceUnavailable,
                    "sealed",
                    "Not available now",
                    "A secret in the database cannot be opened with the keys of this server."
                ),
                log: .error
            )
        }
    }

    /// The error as if the event had been sent alone, with the event's place before the field: `[3].type`.
    static func member(_ error: MemberError) -> ErrorResponse {
        let alone = ErrorResponse(error.error)
        let place = "[\(error.index)]"
        return ErrorResponse(
            alone.problem.adding { problem in problem.field = problem.field.map { "\(place).\($0)" } ?? place },
            log: alone.logLevel
        )
    }

    private static func unknown(_ kind: String, _ id: Identifier) -> ErrorResponse {
        request(.notFound(kind: kind, id: id.text))
    }

    /// - Parameter field: what the body calls the id.
    private static func exists(
        _ code: String,
        _ kind: String,
        _ id: Identifier,
        field: String = "id"
    ) -> ErrorResponse {
        ErrorResponse(
            Problem(.conflict, "\(code)_exists", "Exists already", "There is a \(kind) '\(echoed(id.text))'.")
                .adding { $0.field = field }
        )
    }

    /// A type that a path names is not found; one that a body names is not accepted, and the accepted ones are told.
    private static func unknownType(_ name: Identifier, _ known: [Identifier]) -> Problem {
        let accepted = known.prefix(maximumListedTypes).map(\.text).joined(separator: ", ")
        let hint = accepted.isEmpty ? "" : "; accepted: \(accepted)\(known.count > maximumListedTypes ? ", ..." : "")"
        return Problem(
            accepted.isEmpty ? .notFound : .unprocessableContent,
            "event_type_unknown",
            "No such event type",
            "There is no event type '\(echoed(name.text))'\(hint)."
        )
        .adding {
            guard !accepted.isEmpty else { return }
            $0.field = "type"
            $0.accepted = accepted
        }
    }

    private static func payloadRefused(_ type: Identifier, _ violations: [SchemaViolation]) -> Problem {
        let first = violations.first.map { "'\($0.pointer)' \($0.problem)" } ?? ""
        return Problem(
            .unprocessableContent,
            "payload_refused",
            "Payload refused",
            "The payload does not follow the schema of '\(echoed(type.text))': \(first)"
        )
        .adding { problem in
            problem.field = "payload"
            problem.members["violations"] = .array(
                violations.map { ["pointer": .string($0.pointer), "problem": .string($0.problem)] }
            )
        }
    }

    private static let maximumListedTypes = 20
}
